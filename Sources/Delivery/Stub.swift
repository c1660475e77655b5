/// Stub.
package final class Courier: Sendable {
    /// Stub.
    package init() {}
}
/// Stub.
package struct Webhooks: Sendable {
    /// Stub.
    package init() {}
}
