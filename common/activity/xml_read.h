/* xml_read.h - XML from outside, element by element, within limits.
 *
 * Over expat, in one pass and without a tree. A document type declaration is refused, and with it every
 * entity but XML's own five and character references: nothing expands, nothing is fetched. Names lose their
 * prefix
 * ("gpxtpx:hr" is "hr"): files declare the same vocabulary under prefixes of their own.
 */
#ifndef PACELINE_XML_READ_H
#define PACELINE_XML_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "common/activity/file_activity.h"
#include "common/err.h"

#define XML_DEPTH_MAX 32
#define XML_NAME_MAX 64   /* bytes; a longer name is cut, and is none of ours */
#define XML_TEXT_MAX 2048 /* bytes of an element's text that are kept */

typedef struct XmlElement {
    const char *name;
    const char *parent;            /* "" for the root */
    size_t depth;                  /* 1 for the root */
    size_t offset;                 /* of the tag in the file */
    const char *const *attributes; /* name, value, ..., NULL while it opens; else NULL */
    const char *text;              /* when it closes: its text since its last child, without spaces around */
} XmlElement;

/* xml_attribute finds an attribute of an element that opens; NULL if it has none of this name. */
const char *xml_attribute(const XmlElement *element, const char *name);

/* xml_number reads the text of an element that closes as a number; an empty text leaves *ret_value. False,
 * and refused, for anything else. */
MUST_CHECK bool xml_number(const XmlElement *element, double *ret_value, FileFault *fault);

/* xml_instant reads it as a time, as timestamp_parse does; refused if it is none. */
MUST_CHECK bool xml_instant(const XmlElement *element, int64_t *ret_at_us, int32_t *ret_offset_s,
                            FileFault *fault);

/* xml_read calls opens and closes for every element in document order; one that returns false has refused the
 * file and ends the reading. Refused as well: what is not well-formed, a document type declaration, elements
 * deeper than XML_DEPTH_MAX. ERR_MEMORY_LIMIT without memory. */
typedef bool (*XmlVisit)(void *user, const XmlElement *element, FileFault *fault);
MUST_CHECK bool xml_read(const char *text, size_t length, XmlVisit opens, XmlVisit closes, void *user,
                         FileFault *fault);

#endif
