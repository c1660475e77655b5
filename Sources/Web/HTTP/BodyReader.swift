import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Notation

/// A request's body, read within its route's limit.
struct BodyReader {
    let bytes: [UInt8]
    private let type: String
    /// Of a form with a file.
    private let boundary: String?

    /// Bytes of a form.
    static let largestForm = 64 << 10

    static func read(_ request: Request, _ route: Route) async throws -> BodyReader {
        let type =
            (request.headers[.contentType] ?? "").split(separator: ";").first.map { $0.lowercased().trimmingCharacters(in: .whitespaces) }
            ?? ""
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem(.unsupportedMediaType, "Bodies are read as they are; send it without Content-Encoding.")
        }
        let most: Int
        switch route.input {
        case .none: most = 1024
        case .json(_, let limit), .optionalJSON(_, let limit): most = limit
        case .form: most = largestForm
        case .formWithFile(let limit): most = limit + largestForm
        case .bytes(_, let limit), .bytesOrJSON(_, _, let limit): most = limit
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > most { throw tooLarge(most, route) }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: most)
        } catch is NIOTooManyBytesError {
            throw tooLarge(most, route)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Whatever breaks a body off is the sender's fault: its framing is wrong, or it ends before its length.
            throw Problem(.malformedRequest, "The body cannot be read to its end.")
        }
        let bytes = [UInt8](buffer.readableBytesView)
        let reader = BodyReader(
            bytes: bytes, type: type, boundary: MultipartReader.boundary(of: request.headers[.contentType] ?? ""))
        if !bytes.isEmpty { try reader.checkType(route) }
        return reader
    }

    private static func tooLarge(_ most: Int, _ route: Route) -> Problem {
        if case .formWithFile(let limit) = route.input {
            return Problem(
                .tooLarge, "The file is too large: at most \(limit >> 20) MiB. Nothing was sent; go back and choose a smaller one.")
        }
        return Problem(.tooLarge, "At most \(most) bytes are read here.")
    }

    private func checkType(_ route: Route) throws {
        let wanted: [String]
        switch route.input {
        case .none: return
        case .json, .optionalJSON: wanted = ["application/json"]
        case .form: wanted = ["application/x-www-form-urlencoded"]
        case .formWithFile: wanted = ["multipart/form-data"]
        case .bytes(let types, _): wanted = types
        case .bytesOrJSON(let types, _, _): wanted = types + ["application/json"]
        }
        guard wanted.contains(type) || wanted.contains("*/*") else {
            throw Problem(.unsupportedMediaType, "Send it as \(wanted.joined(separator: " or ")).")
        }
    }

    func json(_ route: Route) throws -> JSON {
        switch route.input {
        case .json(let schema, _): return try InputReader.read(bytes, as: schema)
        case .optionalJSON(let schema, _): return bytes.isEmpty ? .object([]) : try InputReader.read(bytes, as: schema)
        case .bytesOrJSON(_, let schema, _): return type == "application/json" ? try InputReader.read(bytes, as: schema) : .object([])
        default: return .object([])
        }
    }

    /// The fields of a form, and its file.
    func form(_ route: Route) throws -> (fields: [Percent.Item], file: MultipartReader.File?) {
        switch route.input {
        case .form:
            guard let items = Percent.items(bytes) else { throw Self.unreadable }
            return (items, nil)
        case .formWithFile(let most):
            if bytes.isEmpty { return ([], nil) }
            guard let boundary, let form = MultipartReader(bytes, boundary: boundary) else { throw Self.unreadable }
            if let file = form.file, file.bytes.count > most { throw Self.tooLarge(most, route) }
            return (form.fields, form.file)
        default: return ([], nil)
        }
    }

    private static let unreadable = Problem(.malformedRequest, "The form cannot be read.")
}
