# Paceline. `make help` lists the targets; every variable may be given on the command line.

CC       ?= gcc
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
SANITIZE ?=
VERSION  := 0.1.0

PACKAGES := libpq rdkafka libcurl libcjson expat libmicrohttpd libsodium libjwt libconfig libcrypto
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
# Hidden: a function of ours must not stand in for a library's of the same name (json_delete is jansson's, too,
# which libjwt calls).
HARDEN   := -fstack-protector-strong -fcf-protection -fPIE -fvisibility=hidden
CFLAGS   ?= -O2 -g
ifeq ($(SANITIZE),)
HARDEN   += -D_FORTIFY_SOURCE=3 -fstack-clash-protection
ifneq ($(findstring clang,$(CC)),clang)
HARDEN   += -ftrivial-auto-var-init=zero
endif
else
HARDEN   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
CPPFLAGS += -DFAILPOINTS
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
ALL_CPPFLAGS = -I. -I$(BUILD)/gen -D_GNU_SOURCE -DPACELINE_VERSION='"$(VERSION)"' $(CPPFLAGS) $(PKG_CFLAGS)
ALL_CFLAGS   = -std=gnu17 $(CFLAGS) $(WARNINGS) $(HARDEN) -MMD -MP
ALL_LDFLAGS  = -pie -Wl,-z,relro,-z,now $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
LIBS         = $(PKG_LIBS) -lm

sources = $(sort $(wildcard $(addsuffix /*.c,$(1))))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

COMMON_SRC   := $(call sources,common common/activity common/provider)
PRODUCER_SRC := $(call sources,producer producer/http producer/api producer/web)
WORKER_SRC   := $(call sources,worker worker/file worker/kinds worker/kinds/*)
REAPER_SRC   := $(call sources,reaper)
BROKER_SRC   := $(call sources,deploy/local/broker)
ATHLETES_SRC := $(call sources,tests/standin/athletes)
STANDIN_SRC  := $(call sources,tests/standin/providers)
UNIT_SRC     := $(call sources,tests/unit)
PARITY_SRC   := $(call sources,tests/unit/parity)
SQL_FILES    := $(sort $(wildcard sql/migrations/*.sql sql/queries/*.sql))

PROGRAMS := $(addprefix $(BUILD)/paceline-,$(if $(wildcard producer/main.c),producer) $(if $(wildcard worker/main.c),worker) \
              $(if $(wildcard reaper/main.c),reaper) $(if $(BROKER_SRC),broker) $(if $(ATHLETES_SRC),athletes) $(if $(STANDIN_SRC),standin))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
ARCHIVES = $(BUILD)/producer.a $(BUILD)/worker.a $(BUILD)/reaper.a $(BUILD)/athletes.a $(BUILD)/common.a

.DEFAULT_GOAL := all
.PHONY: bench all help unit unit-programs parity tidy test test-long check check-asan model fuzz fuzz-programs demo demo-ingest up down status install dist clean
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

DOCUMENTS := $(BUILD)/paceline.conf.5 $(BUILD)/paceline.conf.example

all: $(PROGRAMS) $(DOCUMENTS) ## build the programs and their documents

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Objects are made anew when the compiler or its flags change (-Werror makes no other object).
FLAGS_NOW = $(CC) $(ALL_CPPFLAGS) $(filter-out -Werror,$(ALL_CFLAGS))
FORCE:
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS_NOW))' >$@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | $(BUILD)/gen/sql.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/gen/sql.c $(BUILD)/gen/sql.h &: sql/embed $(SQL_FILES)
	@mkdir -p $(@D)
	sql/embed $(BUILD)/gen $(SQL_FILES)

$(BUILD)/obj/gen/sql.o: $(BUILD)/gen/sql.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# One archive a part, main.c left out, so that a test links just what it uses.
define archive
$(BUILD)/$(1).a: $$(call objects,$$(filter-out %/main.c,$(2))) $(3)
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(eval $(call archive,common,$(COMMON_SRC),$(BUILD)/obj/gen/sql.o))
$(eval $(call archive,producer,$(PRODUCER_SRC),))
$(eval $(call archive,worker,$(WORKER_SRC),))
$(eval $(call archive,reaper,$(REAPER_SRC),))
$(eval $(call archive,athletes,$(ATHLETES_SRC),))

$(BUILD)/paceline-producer: $(BUILD)/obj/producer/main.o $(BUILD)/producer.a $(BUILD)/common.a
$(BUILD)/paceline-worker: $(BUILD)/obj/worker/main.o $(BUILD)/worker.a $(BUILD)/common.a
$(BUILD)/paceline-reaper: $(BUILD)/obj/reaper/main.o $(BUILD)/reaper.a $(BUILD)/common.a
$(BUILD)/paceline-broker: $(call objects,$(BROKER_SRC)) $(BUILD)/common.a
$(BUILD)/paceline-broker: ALL_LDFLAGS += -rdynamic
$(BUILD)/paceline-broker: LIBS += -ldl
$(BUILD)/paceline-athletes: $(BUILD)/obj/tests/standin/athletes/main.o $(BUILD)/athletes.a $(BUILD)/common.a
$(BUILD)/paceline-standin: $(call objects,$(STANDIN_SRC)) $(BUILD)/athletes.a $(BUILD)/common.a
$(PROGRAMS):
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The manual page and the sample file are written from the table of options.
$(BUILD)/options_doc: $(BUILD)/obj/deploy/options_doc.o
	$(CC) $(ALL_LDFLAGS) -o $@ $^
$(BUILD)/paceline.conf.5: $(BUILD)/options_doc
	$< man >$@
$(BUILD)/paceline.conf.example: $(BUILD)/options_doc
	$< example >$@

$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LIBS) -lcmocka

unit: $(UNIT_TESTS) ## build and run the unit tests alone
	CMOCKA_MESSAGE_OUTPUT=tap prove -e '' $(UNIT_TESTS)

$(BUILD)/tests/parity/parity: $(call objects,$(PARITY_SRC)) $(BUILD)/worker.a $(BUILD)/common.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

parity: $(BUILD)/tests/parity/parity ## compare every metric with the reference activities of $PACELINE_DATA
	@$<

unit-programs: $(UNIT_TESTS)

# Tests run against programs that watch their own memory, with failpoints compiled in.
ASAN_BUILD ?= build/asan
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LIBS)

bench: all $(BENCHES) ## run the benchmarks (ONLY="drain recovery" for some)
	BUILD=$(BUILD) tests/bench/run $(ONLY)

test: ## build with sanitizers and run every suite: unit, SQL, pipeline (TESTS="files" for some, BROKER=kafka for those of a broker)
	+$(MAKE) --no-print-directory -s BUILD=$(ASAN_BUILD) SANITIZE=address,undefined CFLAGS='-O1 -g' all unit-programs
	BUILD=$(ASAN_BUILD) tests/lib/run $(TESTS)

test-long: all ## every fault three times: recovery time, lost, twice (FAULTS="names", FAULT_RUNS=3, BROKER=kafka)
	BUILD=$(BUILD) tests/faults/run $(FAULTS)

check-asan: ## build with sanitizers alone
	+$(MAKE) --no-print-directory -s BUILD=$(ASAN_BUILD) SANITIZE=address,undefined CFLAGS='-O1 -g' all unit-programs

# Fuzzing: our code with clang's instrumentation in a build of its own; what a run finds stays in that folder.
FUZZ_BUILD ?= build/fuzz
FUZZ_SECONDS ?= 20
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(call sources,tests/fuzz))
$(BUILD)/fuzz/%_fuzz: $(BUILD)/obj/tests/fuzz/%_fuzz.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LIBS)
fuzz-programs: $(FUZZ_PROGRAMS)

fuzz: ## run every fuzz target for FUZZ_SECONDS over its corpus (FUZZ="name..." for some)
	+$(MAKE) --no-print-directory -s BUILD=$(FUZZ_BUILD) CC=clang CFLAGS='-O1 -g' \
	    SANITIZE=fuzzer-no-link,address,undefined $(if $(FUZZ),$(FUZZ:%=$(FUZZ_BUILD)/fuzz/%_fuzz),fuzz-programs)
	tests/fuzz/run $(FUZZ_BUILD)/fuzz $(FUZZ_SECONDS) $(or $(FUZZ),$(patsubst tests/fuzz/%_fuzz.c,%,$(call sources,tests/fuzz)))

check: ## static checks: both compilers, clang-tidy, cppcheck, clang-format, shellcheck, house rules
	tests/lib/check

# One file at a time and only what changed: the first run takes minutes, the next seconds.
TIDY_SRC := $(filter-out $(BUILD)/%,$(sort $(COMMON_SRC) $(PRODUCER_SRC) $(WORKER_SRC) $(REAPER_SRC) $(BROKER_SRC) $(ATHLETES_SRC) $(STANDIN_SRC) $(UNIT_SRC) $(PARITY_SRC)))
tidy: $(patsubst %.c,$(BUILD)/tidy/%.ok,$(TIDY_SRC))
$(BUILD)/tidy/%.ok: %.c .clang-tidy | $(BUILD)/gen/sql.h
	@mkdir -p $(@D)
	clang-tidy --quiet $< -- $(ALL_CPPFLAGS) -std=gnu17 -Wall -Wextra 2>$(@:.ok=.err) || { grep -v 'warnings\? generated' $(@:.ok=.err); exit 1; }
	@$(CC) $(ALL_CPPFLAGS) -std=gnu17 -MM -MP -MT $@ -MF $(@:.ok=.d) $<
	@touch $@

model: ## check the protocol's model (spin)
	tests/model/run

# A demo begins on a machine that has only git and make; what is installed is seen by the second make.
PREPARE = deploy/setup $(if $(filter kafka,$(BROKER)),--kafka) && echo 'make: building what is not built yet' && $(MAKE) --no-print-directory -s -j$(shell nproc) all
demo: ## the whole system at work, from nothing; DATA=folder for real activities, BROKER=kafka
	+@$(PREPARE)
	@deploy/local/demo $(if $(DATA),--data '$(DATA)')

demo-ingest: demo ## the part of it that is about activities: files in, figures out

up: ## start the stack and leave it running (BROKER=kafka for a real Kafka)
	+@$(PREPARE)
	@deploy/local/stack up

down: ## stop what `make up` started
	@deploy/local/stack down

status: ## what the stack is doing
	@deploy/local/stack status

SHARE := $(DESTDIR)$(PREFIX)/share
SYSTEMD := $(DESTDIR)$(PREFIX)/lib/systemd/system
INSTALLED := $(filter %-producer %-worker %-reaper,$(PROGRAMS))
install: $(INSTALLED) $(DOCUMENTS) ## install programs, manual pages, services, completion and a sample configuration (PREFIX, DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/man/man5 $(SHARE)/doc/paceline $(SHARE)/bash-completion/completions \
	    $(SYSTEMD)/paceline-.service.d $(DESTDIR)$(PREFIX)/lib/sysusers.d
	install -m 755 $(INSTALLED) $(DESTDIR)$(PREFIX)/bin
	install -m 644 deploy/man/*.1 $(SHARE)/man/man1
	install -m 644 $(BUILD)/paceline.conf.5 $(SHARE)/man/man5
	install -m 644 README.md LICENSE $(BUILD)/paceline.conf.example $(SHARE)/doc/paceline
	for name in $(notdir $(INSTALLED)); do install -m 644 deploy/completion/paceline.bash $(SHARE)/bash-completion/completions/$$name; done
	install -m 644 deploy/systemd/*.service $(SYSTEMD)
	sed -i 's,=/usr/local/,=$(PREFIX)/,' $(SYSTEMD)/paceline-*.service
	install -m 644 deploy/systemd/paceline-.service.d/paceline.conf $(SYSTEMD)/paceline-.service.d
	install -m 644 deploy/systemd/paceline.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/paceline.conf

dist: ## a tar archive of what git has
	@mkdir -p $(BUILD)
	git archive --prefix=paceline-$(VERSION)/ -o $(BUILD)/paceline-$(VERSION).tar.gz HEAD

clean: ## remove the builds
	rm -rf $(BUILD) $(ASAN_BUILD) $(FUZZ_BUILD)

-include $(wildcard $(BUILD)/obj/*.d $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/obj/*/*/*/*.d)
-include $(wildcard $(BUILD)/tidy/*/*.d $(BUILD)/tidy/*/*/*.d $(BUILD)/tidy/*/*/*/*.d)
