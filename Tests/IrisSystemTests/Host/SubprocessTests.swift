import IrisSystem
import Testing

/// Other programs.
struct SubprocessTests {
  @Test func `what a program prints is there with its exit code`() {
    #expect(Subprocess.run(["/bin/sh", "-c", "echo été; exit 3"]) == Subprocess.Outcome(code: 3, output: "été\n"))
    #expect(Subprocess.run(["/bin/true"]) == Subprocess.Outcome(code: 0, output: ""))
  }

  @Test func `words reach it as they are, and no environment`() {
    let words = ["/usr/bin/printf", "%s|", "a b", "$HOME", "", "*", "'"]
    #expect(Subprocess.run(words)?.output == "a b|$HOME||*|'|")
    #expect(Subprocess.run(["/usr/bin/env"])?.output == "")
  }

  @Test func `it has nothing to read`() {
    #expect(Subprocess.run(["/bin/cat"]) == Subprocess.Outcome(code: 0, output: ""))
  }

  @Test func `a signal that ended it is told`() {
    #expect(Subprocess.run(["/bin/sh", "-c", "kill -TERM $$"])?.code == 143)
  }

  @Test func `one that prints without end is ended`() {
    #expect(Subprocess.run(["/usr/bin/yes"])?.code == 137)
  }

  @Test(arguments: [["/nonexistent/program"], [], ["/bin/echo", "a\0b"]])
  func `what cannot be started gives nothing`(words: [String]) {
    #expect(Subprocess.run(words) == nil)
  }
}
