#ifndef IRIS_CCURL_H
#define IRIS_CCURL_H

#include <curl/curl.h>
#include <string.h>

/* curl_easy_setopt and curl_easy_getinfo are C variadics, which Swift does not import: one typed function each
   (https://curl.se/libcurl/c/curl_easy_setopt.html). */

static inline CURLcode iris_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode iris_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode iris_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode iris_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode iris_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode iris_curl_set_callback(
    CURL *handle, CURLoption option, size_t (*callback)(char *, size_t, size_t, void *)) {
  return curl_easy_setopt(handle, option, callback);
}

/* Called once a second at least; anything but 0 ends the transfer. */
static inline CURLcode iris_curl_set_progress(
    CURL *handle, int (*callback)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t)) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback) : code;
}

static inline CURLcode iris_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode iris_curl_get_size(CURL *handle, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode iris_curl_get_string(CURL *handle, CURLINFO info, char **value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode iris_curl_multi_set_long(CURLM *handle, CURLMoption option, long value) {
  return curl_multi_setopt(handle, option, value);
}

/* The value of a response header; NULL where there is none. */
static inline const char *iris_curl_header(CURL *handle, const char *name) {
  struct curl_header *found = NULL;
  return curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : NULL;
}

/* A field of the server's own certificate, such as `Expire date`, if CURLOPT_CERTINFO asked for it; NULL where there is none
   (https://curl.se/libcurl/c/CURLINFO_CERTINFO.html). */
static inline const char *iris_curl_certificate(CURL *handle, const char *field) {
  struct curl_certinfo *chain = NULL;
  if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL || chain->num_of_certs < 1) {
    return NULL;
  }
  size_t length = strlen(field);
  for (const struct curl_slist *entry = chain->certinfo[0]; entry != NULL; entry = entry->next) {
    if (strncmp(entry->data, field, length) == 0 && entry->data[length] == ':') return entry->data + length + 1;
  }
  return NULL;
}

/* The result inside CURLMsg is a union member. */
static inline CURLcode iris_curl_message_result(const CURLMsg *message) { return message->data.result; }

#endif
