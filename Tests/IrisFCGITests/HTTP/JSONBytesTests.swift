import Testing

@testable import IrisFCGI

struct JSONBytesTests {
  @Test(arguments: [
    ("", #""""#), ("é😀/", #""é😀/""#), ("\"", #""\"""#), ("a\\", #""a\\""#), ("\n\na\n", #""\n\na\n""#),
    ("\r\u{0}\u{1F}b", #""\u000d\u0000\u001fb""#), ("a\"b\u{7F}", "\"a\\\"b\u{7F}\""),
  ])
  func `a string and its escapes`(text: String, json: String) throws {
    #expect(JSONBytes(text).text == json)
    #expect(try StrictJSON.parse(Array(json.utf8)) == .string(text))
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (0.5, "0.5"), (1_800_000_000, "1800000000"), (-3, "-3"), (0.001, "0.001"),
    (1e300, "1e+300"), (.infinity, "null"), (.nan, "null"),
  ])
  func `a number`(value: Double, json: String) {
    #expect(JSONBytes(value).text == json)
  }

  @Test func `an object keeps its order, and nothing is null`() {
    let absent: Int? = nil
    var object: JSONObject = ["b": 1, "a": absent, "c": ["x", "y"], "d": true]
    object.add("e", JSONObject(["z": 1, "y": 2]))
    #expect(JSONBytes(object).text == #"{"b":1,"a":null,"c":["x","y"],"d":true,"e":{"y":2,"z":1}}"#)
    #expect(JSONBytes([JSONObject]()).text == "[]")
  }
}
