import Support
import Testing

@testable import Web

/// Forms that bring a file, as browsers send them and as nobody should.
struct MultipartTests {
    private func part(_ head: String, _ content: String) -> String {
        "--b\r\nContent-Disposition: form-data; \(head)\r\n\r\n\(content)\r\n"
    }

    private func read(_ text: String, boundary: String = "b") -> MultipartReader? { MultipartReader(Array(text.utf8), boundary: boundary) }

    @Test func `fields and one file are read, the file as it is`() throws {
        let bytes: [UInt8] = [0, 13, 10, 45, 45, 13, 10, 255]
        let before = part("name=\"text\"", "Größe\r\nzwei")
        let file = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"b%22ild;é.png\"\r\nContent-Type: image/png\r\n\r\n"
        let form = try #require(MultipartReader(Array((before + file).utf8) + bytes + Array("\r\n--b--\r\n".utf8), boundary: "b"))
        #expect(form.fields == [.init(name: "text", value: "Größe\r\nzwei")])
        #expect(form.file == .init(field: "file", name: "b\"ild;é.png", bytes: bytes))
    }

    @Test func `a field for a file in which nothing was chosen brings none`() throws {
        let form = try #require(read(part("name=\"file\"; filename=\"\"", "") + part("name=\"key\"", "") + "--b--"))
        #expect(form.file == nil && form.fields == [.init(name: "key", value: "")])
        #expect(read("--b--")?.fields.isEmpty == true)
    }

    @Test(arguments: [
        "", "--b", "--c--", "x\r\n--b--", "--b\r\n\r\n\r\n--b--", "--b--x", "--b--\r\n\r\n",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nx\r\n--b--",
        "--b\nContent-Disposition: form-data; name=\"a\"\n\nx\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\0\r\n--b--",
    ])
    func `what no browser sends is no form`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `a field twice, a second file and endless parts are refused`() {
        let field = part("name=\"a\"", "1")
        #expect(read(field + field + "--b--") == nil)
        let file = part("name=\"f\"; filename=\"x.txt\"", "1")
        #expect(read(file + file + "--b--") == nil)
        func many(_ count: Int) -> String { (0..<count).map { part("name=\"a\($0)\"", "") }.joined() + "--b--" }
        #expect(read(many(MultipartReader.mostParts - 1)) != nil && read(many(MultipartReader.mostParts)) == nil)
        #expect(read("--b\r\nX: " + String(repeating: "x", count: 5000) + "\r\n" + field.dropFirst(5) + "--b--") == nil)
    }

    @Test func `the boundary is what the type names`() {
        #expect(MultipartReader.boundary(of: "multipart/form-data; boundary=----WebKitFormBoundaryabc") == "----WebKitFormBoundaryabc")
        #expect(MultipartReader.boundary(of: "Multipart/Form-Data; charset=utf-8; boundary=\"a b\"") == nil)
        #expect(MultipartReader.boundary(of: "Multipart/Form-Data; charset=utf-8; boundary=\"ab\"") == "ab")
        for type in ["multipart/mixed; boundary=a", "multipart/form-data", "multipart/form-data; boundary=", ""] {
            #expect(MultipartReader.boundary(of: type) == nil, "\(type)")
        }
        #expect(MultipartReader.boundary(of: "multipart/form-data; boundary=" + String(repeating: "a", count: 71)) == nil)
    }

    @Test func `whatever comes in, no more goes out`() {
        let whole = part("name=\"text\"", "Hello") + part("name=\"file\"; filename=\"x.png\"", "0123456789") + "--b--\r\n"
        Fuzzer([whole]).run { bytes in
            guard let form = MultipartReader(bytes, boundary: "b") else { return }
            let total = form.fields.reduce(form.file?.bytes.count ?? 0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            #expect(total < bytes.count && form.fields.count < MultipartReader.mostParts)
        }
    }
}
