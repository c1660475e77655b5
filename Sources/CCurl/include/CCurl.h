#pragma once
#include <curl/curl.h>

// What Swift cannot say to libcurl by itself: Swift imports no variadic functions, so every type of argument has a setter of its own here.
// `curl_easy_setopt` with an argument of the wrong width is undefined behaviour; the names make the width visible.

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) { return curl_easy_setopt(easy, option, value); }
static inline CURLcode ccurl_set_url(CURL *easy, CURLU *url) { return curl_easy_setopt(easy, CURLOPT_CURLU, url); }
static inline CURLcode ccurl_set_headers(CURL *easy, struct curl_slist *lines) { return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines); }
static inline CURLcode ccurl_set_answers(CURL *easy, struct curl_slist *answers) { return curl_easy_setopt(easy, CURLOPT_RESOLVE, answers); }
static inline CURLcode ccurl_set_recipients(CURL *easy, struct curl_slist *addresses) { return curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, addresses); }

// CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION and CURLOPT_READFUNCTION.
typedef size_t (*ccurl_bytes)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode ccurl_set_bytes(CURL *easy, CURLoption option, ccurl_bytes receive) { return curl_easy_setopt(easy, option, receive); }

// Called when a connection is ready and before the first byte of the request goes out, also on a reused connection.
typedef int (*ccurl_ready)(void *context, char *remote, char *local, int remote_port, int local_port);
static inline CURLcode ccurl_set_ready(CURL *easy, ccurl_ready ready) { return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, ready); }

// Called often while a transfer runs; anything but 0 ends it. libcurl calls it only with CURLOPT_NOPROGRESS at 0, which this sets.
typedef int (*ccurl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
static inline CURLcode ccurl_set_progress(CURL *easy, ccurl_progress progress) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    return code ? code : curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, progress);
}

// Called before a name is looked up.
typedef int (*ccurl_resolving)(void *state, void *reserved, void *context);
static inline CURLcode ccurl_set_resolving(CURL *easy, ccurl_resolving resolving) {
    return curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, resolving);
}

// Says of every address, after the name was resolved and before a socket is opened for it, whether it may be connected to: proof against names
// that resolve differently the second time. The structure must outlive the transfer.
struct ccurl_address_check {
    int (*is_allowed)(void *context, const struct sockaddr *address, unsigned int length);
    void *context;
};
CURLcode ccurl_set_address_check(CURL *easy, struct ccurl_address_check *check);

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) { return curl_multi_setopt(multi, option, value); }

// The next transfer that has ended, or NULL. The result lies in an anonymous union, which Swift does not see.
static inline CURL *ccurl_next_ended(CURLM *multi, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}
