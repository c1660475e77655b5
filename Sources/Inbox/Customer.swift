package import Storage

/// Somebody who asks.
package struct Customer: Hashable, Sendable {
    /// Names the customer here.
    package let id: CustomerID
    /// The company's own id for the customer, where it vouched for one.
    package let externalID: String?
    /// As given; untrusted.
    package let name: String?
    /// As given; untrusted, and not checked to be an address.
    package let email: String?
    /// Whether the company vouched for name and e-mail (a signed identity token).
    package let isVerified: Bool
    /// When first seen.
    package let createdAt: Timestamp
}

extension Inbox {
    /// A new customer of whom nothing is known: whoever opens the chat.
    /// - Throws: `StorageError`.
    package func newCustomer(at now: Timestamp, in transaction: Transaction) throws -> Customer {
        let id = CustomerID.new(at: now)
        try transaction.run("INSERT INTO customer(workspace, id, created_ms) VALUES ($1, $2, $3)", workspace, id, now)
        return Customer(id: id, externalID: nil, name: nil, email: nil, isVerified: false, createdAt: now)
    }

    /// The customer whom the company knows by an id of its own and has vouched for; made where new, brought up to date where known.
    /// - Throws: `InboxError.empty`, `.tooLong`; `StorageError`.
    package func customer(
        external: String, name: String?, email: String?, at now: Timestamp, in transaction: Transaction
    ) throws -> Customer {
        let external = try Texts.line(external, field: "customer's id", limit: limits.lineCharacters)
        let known = try transaction.row("SELECT id FROM customer WHERE workspace = $1 AND external_id = $2", workspace, external)
        let id = try known.map { try $0[0] } ?? CustomerID.new(at: now)
        if known == nil {
            try transaction.run(
                "INSERT INTO customer(workspace, id, external_id, created_ms) VALUES ($1, $2, $3, $4)", workspace, id, external, now)
        }
        return try identify(id, name: name, email: email, isVerified: true, at: now, in: transaction)
    }

    /// Keeps a customer's name and e-mail (lead form, identity token). What the company vouched for is not overwritten by what somebody typed.
    /// - Parameters:
    ///   - name: nil leaves it as it is.
    ///   - email: nil leaves it as it is.
    /// - Returns: the customer as now known.
    /// - Throws: `InboxError.notFound(.customer)`, `.empty`, `.tooLong`; `StorageError`.
    @discardableResult
    package func identify(
        _ id: CustomerID, name: String?, email: String?, isVerified: Bool = false, at now: Timestamp, in transaction: Transaction
    ) throws -> Customer {
        let before = try customer(id, in: transaction)
        guard isVerified || !before.isVerified else { return before }
        let name = try name.map { try Texts.line($0, field: "name", limit: limits.lineCharacters) }
        let email = try email.map { try Texts.line($0, field: "e-mail address", limit: limits.lineCharacters) }
        try transaction.run(
            """
            UPDATE customer SET name = COALESCE($3, name), email = COALESCE($4, email), verified = $5 WHERE workspace = $1 AND id = $2
            """, workspace, id, name, email, isVerified)
        let after = try customer(id, in: transaction)
        if after != before {
            try index(nameOf: after, in: transaction)
            try emit(.identified, of: id.text, at: now, in: transaction)
        }
        return after
    }

    /// One customer of this workspace.
    /// - Throws: `InboxError.notFound(.customer)`; `StorageError`.
    package func customer(_ id: CustomerID, in querying: some Querying) throws -> Customer {
        let row = try querying.row(
            "SELECT external_id, name, email, verified, created_ms FROM customer WHERE workspace = $1 AND id = $2", workspace, id)
        guard let row else { throw InboxError.notFound(.customer) }
        return try Customer(id: id, externalID: row[0], name: row[1], email: row[2], isVerified: row[3], createdAt: row[4])
    }
}
