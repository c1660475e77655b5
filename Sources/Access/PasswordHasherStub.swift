/// Stub.
package struct PasswordHasher: Sendable {
    /// Stub.
    package init() {}
}
