/* The yardstick: the smallest FastCGI worker in C, with libfcgi as it comes. It answers what GET /health/live answers:
   the same fields, the same body, the request's id given back. Started with its listening socket on descriptor 0. */

#include <fcgiapp.h>
#include <stdio.h>

static const char body[] = "{\"status\":\"ok\"}";

int main(void) {
  FCGX_Request request;
  if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0) return 1;
  while (FCGX_Accept_r(&request) == 0) {
    const char *id = FCGX_GetParam("REQUEST_ID", request.envp);
    char answer[512];
    int length = snprintf(
        answer, sizeof answer,
        "Status: 200 OK\r\nX-Request-Id: %.64s\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        id == NULL ? "" : id, sizeof body - 1, body);
    if (FCGX_PutStr(answer, length, request.out) != length) continue;
    FCGX_Finish_r(&request);
  }
  return 0;
}
