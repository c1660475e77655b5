// libstemmer (Snowball), cmark-gfm (Markdown with tables) and libxml2 (HTML), as Debian packages them.
#include <libstemmer.h>
#include <cmark-gfm.h>
#include <cmark-gfm-core-extensions.h>
// Debian's libxml2 is built with ICU and would pull in ICU's headers, which clash with those inside Foundation. Only the layout of
// xmlCharEncodingHandler depends on it, which nothing here touches.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

// xmlFree is a variable that Swift may not read; this is the call.
static inline void text_free(void *memory) { xmlFree(memory); }
