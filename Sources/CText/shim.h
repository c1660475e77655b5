// libstemmer (Snowball), cmark-gfm (Markdown with tables) and libxml2 (HTML), as Debian packages them.
#include <libstemmer.h>
#include <cmark-gfm.h>
#include <cmark-gfm-core-extensions.h>
#include <libxml/HTMLparser.h>
#include <libxml/tree.h>
