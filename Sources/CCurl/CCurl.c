#include "CCurl.h"
#include <sys/socket.h>

static curl_socket_t open_checked(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    struct ccurl_address_check *check = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !check->is_allowed(check->context, &address->addr, address->addrlen)) return CURL_SOCKET_BAD;
#ifdef SOCK_CLOEXEC
    // A child process (a document converter) must not inherit the connection.
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
    return socket(address->family, address->socktype, address->protocol);
#endif
}

CURLcode ccurl_set_address_check(CURL *easy, struct ccurl_address_check *check) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, check);
    return code ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_checked);
}
