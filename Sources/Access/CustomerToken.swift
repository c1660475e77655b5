package import Storage

/// Names a customer's token.
package enum CustomerTokenKind: IdentifierKind { package static let prefix = "ctk" }
/// The public name of a customer's token; it lets nobody in.
package typealias CustomerTokenID = Identifier<CustomerTokenKind>

extension AccessControl {
    /// Makes the token (`batv_…`) that lets one customer into one conversation, and nowhere else. It holds for 30 days after its last use.
    /// - Returns: the token; shown now and never again.
    /// - Throws: `StorageError`.
    package func makeCustomerToken(
        customer: String, conversation: String, of workspace: WorkspaceID, in transaction: Transaction
    ) throws -> String {
        let token = SecretText.make(.customerToken)
        let now = clock.now()
        try transaction.run(
            """
            INSERT INTO customer_token(id, hash, workspace, customer, conversation, created_ms, used_ms, expires_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
            """, CustomerTokenID.new(at: now), SecretText.hash(token), workspace, customer, conversation, now,
            now.adding(milliseconds: Self.customerTokenMilliseconds))
        return token
    }

    /// Who a customer's token lets in.
    /// - Returns: nil for what is no such token (found without asking the database), is unknown, revoked or expired.
    /// - Throws: `StorageError`.
    package func caller(forCustomerToken text: String, in querying: some Querying) throws -> Admission? {
        guard SecretText.isWellFormed(text, .customerToken) else { return nil }
        return try querying.row(
            """
            SELECT id, workspace, customer, conversation, used_ms, expires_ms FROM customer_token WHERE hash = $1 AND expires_ms > $2
            """, SecretText.hash(text), clock.now()
        ).map(admission(customerToken:))
    }

    /// Ends every token of a conversation.
    /// - Returns: how many there were.
    /// - Throws: `StorageError`.
    @discardableResult
    package func revokeCustomerTokens(
        ofConversation conversation: String, of workspace: WorkspaceID, by caller: Caller, in transaction: Transaction
    ) throws -> Int {
        let customers: [String] = try transaction.rows(
            "DELETE FROM customer_token WHERE workspace = $1 AND conversation = $2 RETURNING customer", workspace, conversation
        ).map { try $0[0] }
        guard !customers.isEmpty else { return 0 }
        try record(
            "customer_token.revoked", by: caller.actor, of: workspace, subject: conversation, ["count": "\(customers.count)"],
            in: transaction)
        for customer in Set(customers).sorted() { try changed("customer:" + customer, of: workspace, in: transaction) }
        return customers.count
    }
}

extension AccessControl {
    /// From the columns: id, workspace, customer, conversation, used, expires.
    func admission(customerToken row: Row) throws -> Admission {
        let (id, workspace): (String, WorkspaceID) = try (row[0], row[1])
        let (used, expires): (Timestamp, Timestamp) = try (row[4], row[5])
        return Admission(
            caller: Caller(.customer(id: try row[2], conversation: try row[3]), of: workspace, credential: id), expiresAt: expires,
            csrf: nil, isTouchDue: clock.now().since(used) >= Self.touchMilliseconds)
    }
}
