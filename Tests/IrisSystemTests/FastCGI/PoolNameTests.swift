import Testing

@testable import IrisSystem

struct PoolNameTests {
  @Test(arguments: [
    ("/run/iris/chat.sock", "chat"), ("auth.sock", "auth"), ("/tmp/iris-1/api_2-b.sock", "api_2-b"),
    ("/run/iris/chat", "other"), ("/run/iris/.sock", "other"), ("/run/iris/Chat.sock", "other"),
    ("/run/iris/a b.sock", "other"), ("/run/iris/é.sock", "other"), ("/x/0123456789abcdef0.sock", "other"),
    ("/x/0123456789abcdef.sock", "0123456789abcdef"), ("", "other"), ("/", "other"),
  ])
  func `a pool is named as its socket`(path: String, name: String) {
    #expect(PoolName.name(in: path) == name)
  }
}
