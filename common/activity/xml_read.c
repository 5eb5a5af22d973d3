#include "common/activity/xml_read.h"

#include <ctype.h>
#include <expat.h>
#include <limits.h>
#include <string.h>

#include "common/activity/timestamp.h"
#include "common/str.h"

typedef struct XmlReader {
    XML_Parser parser;
    XmlVisit opens, closes;
    void *user;
    FileFault *fault;
    bool is_refused;                             /* by a visit, or by us: expat is being stopped */
    char names[XML_DEPTH_MAX + 1][XML_NAME_MAX]; /* [0] is "", the parent of the root */
    size_t depth;
    char text[XML_TEXT_MAX];
    size_t text_length;
} XmlReader;

/* name_copy keeps a name without its prefix. */
static void
name_copy(char kept[XML_NAME_MAX], const char *name)
{
    const char *colon = strchr(name, ':');

    (void)str_copy(kept, XML_NAME_MAX, colon != NULL ? colon + 1 : name);
}

static size_t
offset_of(const XmlReader *reader)
{
    const XML_Index index = XML_GetCurrentByteIndex(reader->parser);

    return index < 0 ? 0 : (size_t)index;
}

static void
refuse(XmlReader *reader)
{
    reader->is_refused = true;
    (void)XML_StopParser(reader->parser, XML_FALSE);
}

static void XMLCALL
on_open(void *user, const XML_Char *name, const XML_Char **attributes)
{
    XmlReader *reader = user;

    if (reader->is_refused) { /* expat may finish the tag that it stands in */
        return;
    }
    if (reader->depth == XML_DEPTH_MAX) {
        (void)file_refuse(reader->fault, offset_of(reader), "elements nest deeper than %d", XML_DEPTH_MAX);
        refuse(reader);
        return;
    }
    name_copy(reader->names[++reader->depth], name);
    reader->text_length = 0;
    const XmlElement element = { .name = reader->names[reader->depth],
                                 .parent = reader->names[reader->depth - 1],
                                 .depth = reader->depth,
                                 .offset = offset_of(reader),
                                 .attributes = (const char *const *)attributes };
    if (!reader->opens(reader->user, &element, reader->fault)) {
        refuse(reader);
    }
}

static void XMLCALL
on_close(void *user, const XML_Char *name)
{
    XmlReader *reader = user;
    const char *text = reader->text;

    (void)name;
    if (reader->is_refused) {
        return;
    }
    while (reader->text_length > 0 && isspace((unsigned char)reader->text[reader->text_length - 1])) {
        reader->text_length--;
    }
    reader->text[reader->text_length] = '\0';
    while (isspace((unsigned char)*text)) {
        text++;
    }
    const XmlElement element = { .name = reader->names[reader->depth],
                                 .parent = reader->names[reader->depth - 1],
                                 .depth = reader->depth,
                                 .offset = offset_of(reader),
                                 .text = text };
    if (!reader->closes(reader->user, &element, reader->fault)) {
        refuse(reader);
    }
    reader->depth--;
    reader->text_length = 0;
}

static void XMLCALL
on_text(void *user, const XML_Char *bytes, int length)
{
    XmlReader *reader = user;
    const size_t free_bytes = sizeof reader->text - 1 - reader->text_length;
    const size_t n = (size_t)length < free_bytes ? (size_t)length : free_bytes;

    memcpy(reader->text + reader->text_length, bytes, n);
    reader->text_length += n;
}

static void XMLCALL
on_doctype(void *user, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_subset)
{
    XmlReader *reader = user;

    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    (void)file_refuse(reader->fault, offset_of(reader), "a document type declaration is not taken");
    refuse(reader);
}

const char *
xml_attribute(const XmlElement *element, const char *name)
{
    for (const char *const *at = element->attributes; at != NULL && at[0] != NULL; at += 2) {
        if (strcmp(at[0], name) == 0) {
            return at[1];
        }
    }
    return NULL;
}

bool
xml_number(const XmlElement *element, double *ret_value, FileFault *fault)
{
    double value = 0;

    if (element->text[0] == '\0') {
        return true;
    }
    if (!str_to_double(element->text, &value)) {
        return file_refuse(fault, element->offset, "%s: \"%.40s\" is no number", element->name,
                           element->text);
    }
    *ret_value = value;
    return true;
}

bool
xml_instant(const XmlElement *element, int64_t *ret_at_us, int32_t *ret_offset_s, FileFault *fault)
{
    return timestamp_parse(element->text, ret_at_us, ret_offset_s) ||
           file_refuse(fault, element->offset, "%s: \"%.40s\" is not a time as 2020-06-01T13:03:45Z",
                       element->name, element->text);
}

/* result_of says why expat ended without its goal. */
static bool
result_of(XmlReader *reader)
{
    const enum XML_Error code = XML_GetErrorCode(reader->parser);

    if (reader->is_refused) {
        return false;
    }
    if (code == XML_ERROR_NO_MEMORY) {
        return file_no_memory(reader->fault);
    }
    return file_refuse(reader->fault, offset_of(reader), "not well-formed XML: %s", XML_ErrorString(code));
}

bool
xml_read(const char *text, size_t length, XmlVisit opens, XmlVisit closes, void *user, FileFault *fault)
{
    XmlReader reader = {
        .parser = XML_ParserCreate(NULL), .opens = opens, .closes = closes, .user = user, .fault = fault
    };

    if (length > INT_MAX) {
        XML_ParserFree(reader.parser);
        return file_refuse(fault, 0, "%zu bytes are too many", length);
    }
    if (reader.parser == NULL) {
        return file_no_memory(fault);
    }
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, on_open, on_close);
    XML_SetCharacterDataHandler(reader.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);
    /* The whole at once: a token that arrives in pieces is scanned again for each. */
    const bool is_read = XML_Parse(reader.parser, text, (int)length, XML_TRUE) == XML_STATUS_OK;
    const bool ok = is_read && !reader.is_refused ? true : result_of(&reader);
    XML_ParserFree(reader.parser);
    return ok;
}
