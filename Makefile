# Paceline. `make help` lists the targets; every variable may be given on the command line.

CC       ?= gcc
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
SANITIZE ?=
VERSION  := 0.1.0

PACKAGES := libpq rdkafka libcurl libcjson libmicrohttpd libsodium libjwt libconfig libcrypto
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes $(WERROR)
HARDEN   := -fstack-protector-strong -fcf-protection -fPIE
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
WORKER_SRC   := $(call sources,worker worker/kinds worker/kinds/*)
REAPER_SRC   := $(call sources,reaper)
BROKER_SRC   := $(call sources,deploy/local/broker)
ATHLETES_SRC := $(call sources,tests/standin/athletes)
UNIT_SRC     := $(call sources,tests/unit)
SQL_FILES    := $(sort $(wildcard sql/migrations/*.sql sql/queries/*.sql))

PROGRAMS := $(addprefix $(BUILD)/paceline-,$(if $(PRODUCER_SRC),producer) $(if $(WORKER_SRC),worker) \
              $(if $(REAPER_SRC),reaper) $(if $(BROKER_SRC),broker) $(if $(ATHLETES_SRC),athletes))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
ARCHIVES = $(BUILD)/producer.a $(BUILD)/worker.a $(BUILD)/reaper.a $(BUILD)/common.a

.DEFAULT_GOAL := all
.PHONY: all help unit clean
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(PROGRAMS) ## build the programs

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

$(BUILD)/obj/%.o: %.c | $(BUILD)/gen/sql.h
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
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(eval $(call archive,common,$(COMMON_SRC),$(BUILD)/obj/gen/sql.o))
$(eval $(call archive,producer,$(PRODUCER_SRC),))
$(eval $(call archive,worker,$(WORKER_SRC),))
$(eval $(call archive,reaper,$(REAPER_SRC),))

$(BUILD)/paceline-producer: $(BUILD)/obj/producer/main.o $(BUILD)/producer.a $(BUILD)/common.a
$(BUILD)/paceline-worker: $(BUILD)/obj/worker/main.o $(BUILD)/worker.a $(BUILD)/common.a
$(BUILD)/paceline-reaper: $(BUILD)/obj/reaper/main.o $(BUILD)/reaper.a $(BUILD)/common.a
$(BUILD)/paceline-broker: $(call objects,$(BROKER_SRC)) $(BUILD)/common.a
$(BUILD)/paceline-broker: ALL_LDFLAGS += -rdynamic
$(BUILD)/paceline-broker: LIBS += -ldl
$(BUILD)/paceline-athletes: $(call objects,$(ATHLETES_SRC)) $(BUILD)/common.a
$(PROGRAMS):
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LIBS) -lcmocka

unit: $(UNIT_TESTS) ## build and run the unit tests alone
	CMOCKA_MESSAGE_OUTPUT=tap prove -e '' $(UNIT_TESTS)

clean: ## remove the build
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/obj/*.d $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/obj/*/*/*/*.d)
