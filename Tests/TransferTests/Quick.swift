import Support
import Testing
import Transfer

/// What most tests of this room do: send one request, and say how it ended.
extension HTTPClient {
    /// The whole body of a GET.
    func get(_ url: String, limits: Timeouts = Timeouts(), addresses: AddressPolicy = .any) async throws -> [UInt8] {
        try await send(HTTPRequest(url: url, limits: limits, addresses: addresses)).collect(upTo: 1 << 30)
    }

    /// The error a request ends with, read to its end; nil when it succeeds. Other errors than `TransferError` are recorded as failures.
    func failure(of request: HTTPRequest) async -> TransferError? {
        do {
            _ = try await send(request).collect(upTo: 1 << 30)
            return nil
        } catch let error as TransferError {
            return error
        } catch {
            Issue.record("not a TransferError: \(error)")
            return nil
        }
    }

    /// The same for a GET.
    func failure(_ url: String, limits: Timeouts = Timeouts(), addresses: AddressPolicy = .any) async -> TransferError? {
        await failure(of: HTTPRequest(url: url, limits: limits, addresses: addresses))
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
