#pragma once
#include <stddef.h>

// Regular expressions in linear time: RE2 behind a C face.
//
// Patterns come from files that support leads edit and texts from strangers, so nothing here may backtrack, throw, log or
// grow: pattern length, compiled size and text length are bounded, and every fault is a return value. RE2 knows neither
// back-references nor look-around; compiling a pattern that uses them fails with a sentence that says so.

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// Longest pattern, in bytes.
    baton_regex_longest_pattern = 1024,
    /// Longest text one match looks at, in bytes.
    baton_regex_longest_text = 65536,
    /// Memory one compiled pattern may take together with its automata, in bytes.
    baton_regex_memory = 1048576,
};

/// A compiled pattern. It never changes, so that threads may share it.
typedef struct baton_regex baton_regex;

/// Compiles a pattern (UTF-8; case is ignored). Returns NULL on a fault and writes the reason, cut to `error_capacity` bytes with the closing
/// NUL, to `error`. The caller owns the result and gives it to `baton_regex_free`.
baton_regex *baton_regex_compile(const char *pattern, size_t length, char *error, size_t error_capacity);

/// Looks for the leftmost place where the pattern matches. Returns 1 and the byte offsets [`start`, `end`) where it does, 0 where it does
/// not, -1 where the text is longer than allowed or memory ran out.
int baton_regex_match(const baton_regex *regex, const char *text, size_t length, size_t *start, size_t *end);

/// Frees what `baton_regex_compile` returned; NULL is allowed.
void baton_regex_free(baton_regex *regex);

#ifdef __cplusplus
}
#endif
