#include "CRegex.h"

#include <cstring>
#include <memory>
#include <new>

#include <re2/re2.h>

struct baton_regex {
    RE2 expression;
    baton_regex(const re2::StringPiece &pattern, const RE2::Options &options) : expression(pattern, options) {}
};

namespace {

void explain(const char *reason, char *error, size_t capacity) {
    if (error == nullptr || capacity == 0) return;
    size_t length = std::strlen(reason);
    if (length >= capacity) length = capacity - 1;
    std::memcpy(error, reason, length);
    error[length] = '\0';
}

RE2::Options bounded() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(false);
    options.set_max_mem(baton_regex_memory);
    return options;
}

}  // namespace

baton_regex *baton_regex_compile(const char *pattern, size_t length, char *error, size_t error_capacity) {
    if (pattern == nullptr || length == 0 || length > static_cast<size_t>(baton_regex_longest_pattern)) {
        explain("a pattern must have 1 to 1024 bytes", error, error_capacity);
        return nullptr;
    }
    try {
        std::unique_ptr<baton_regex> regex(new baton_regex(re2::StringPiece(pattern, length), bounded()));
        if (!regex->expression.ok()) {
            explain(regex->expression.error().c_str(), error, error_capacity);
            return nullptr;
        }
        return regex.release();
    } catch (...) {
        explain("out of memory", error, error_capacity);
        return nullptr;
    }
}

int baton_regex_match(const baton_regex *regex, const char *text, size_t length, size_t *start, size_t *end) {
    if (regex == nullptr || start == nullptr || end == nullptr || (text == nullptr && length > 0)) return -1;
    if (length > static_cast<size_t>(baton_regex_longest_text)) return -1;
    try {
        const re2::StringPiece whole(text == nullptr ? "" : text, length);
        re2::StringPiece found;
        if (!regex->expression.Match(whole, 0, whole.size(), RE2::UNANCHORED, &found, 1)) return 0;
        *start = static_cast<size_t>(found.data() - whole.data());
        *end = *start + found.size();
        return 1;
    } catch (...) {
        return -1;
    }
}

void baton_regex_free(baton_regex *regex) { delete regex; }
