import Foundation
import NIOConcurrencyHelpers
import Storage
import Transfer

/// Somebody who gets letters of one workspace on one way.
struct LetterReceiver: Hashable, Sendable {
    let workspace: WorkspaceID
    let way: LetterWay
    /// A mail address in small letters, or the fingerprint of a chat's URL.
    let name: String
}

/// Letters to people. An outbox item becomes one row for each receiver; what waits for one receiver goes out as one letter. A storm of handoffs is so one
/// mail now and one with all the rest ten seconds later, and nobody's mail is held up by another's address.
extension Courier {
    // MARK: From the outbox to letters

    func writeLetters() async throws {
        while true {
            let now = clock.now()
            guard try await store.read({ try $0.isDue(Self.itemKind, at: now) }) else { return }
            let items = try await store.write { try $0.takeDue(Self.itemKind, limit: 100, lease: Self.leaseMilliseconds, at: now) }
            if items.isEmpty { return }
            var composed: [(OutboxItem, Result<[Letter], any Error>)] = []
            for item in items {
                do { composed.append((item, .success(try await doors.letters(item)))) } catch { composed.append((item, .failure(error))) }
            }
            try await putDown(composed, at: now)
        }
    }

    /// The letters stand in the transaction that marks the item, so that none is lost and none is written twice.
    private func putDown(_ composed: [(OutboxItem, Result<[Letter], any Error>)], at now: Timestamp) async throws {
        for (item, letters) in composed {
            // Nothing else will say that those at the page know.
            if case .success(let letters) = letters, letters.contains(.page) { await doors.told(item) }
        }
        let written = composed.map { item, letters in (item, letters.map { $0.flatMap(rows(of:)) }) }
        try await store.write { transaction in
            for (item, rows) in written {
                switch rows {
                case .success(let rows):
                    for row in rows { try Self.insert(row, for: item, at: now, transaction) }
                    try transaction.delivered(item, at: now)
                case .failure(let error):
                    let next = Schedule.next(Schedule.letter, attempts: item.attempts, jitter: 0, at: now)
                    try transaction.failed(item, why: "\(error)", again: next, at: now)
                }
            }
        }
    }

    private struct LetterRow: Sendable {
        let way: LetterWay
        let name: String
        let target: [UInt8]
        let subject: String
        let text: String
        let line: String
    }

    private func rows(of letter: Letter) -> [LetterRow] {
        switch letter {
        case .page: return []
        case .mail(let addresses, let subject, let text, let line):
            guard mailer != nil else { return [] }
            return addresses.compactMap { row(.mail, $0.lowercased(), $0, subject, text, line) }
        case .chat(let address, let text, let line):
            let fingerprint = webhooks.secret.signature(of: Array(address.reveal().utf8), for: Self.purpose)
            return [row(.chat, Data(fingerprint).base64EncodedString(), address.reveal(), line, text, line)].compactMap(\.self)
        }
    }

    private func row(_ way: LetterWay, _ name: String, _ target: String, _ subject: String, _ text: String, _ line: String) -> LetterRow? {
        do {
            let sealed = try webhooks.secret.seal(Array(target.utf8), for: Self.purpose)
            return LetterRow(way: way, name: name, target: sealed, subject: subject, text: text, line: line)
        } catch {
            doors.trouble(error)
            return nil
        }
    }

    private static func insert(_ row: LetterRow, for item: OutboxItem, at now: Timestamp, _ transaction: Transaction) throws {
        try transaction.run(
            """
            INSERT INTO letter(workspace, item, way, receiver, target, subject, text, line, state, created_ms, due_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9, $9) ON CONFLICT DO NOTHING
            """, item.workspace, item.id, row.way.rawValue, row.name, row.target, row.subject, row.text, row.line, now)
    }

    private static let leaseMilliseconds: Int64 = 60_000
    private static let purpose = "letter"
    /// Letters that one mail or message stands for.
    private static let mostLettersAtOnce = 1000
    /// Receivers that are looked at in one plan.
    private static let mostReceivers = 100

    // MARK: What is due

    func dueReceivers(_ busy: CourierState) async throws -> [LetterReceiver] {
        let now = clock.now()
        var free: [LetterWay: Int] = [
            .mail: limits.mailsAtOnce - busy.underWay(.mail), .chat: limits.chatsAtOnce - busy.underWay(.chat),
        ]
        guard free.values.contains(where: { $0 > 0 }) else { return [] }
        let due = try await store.read { snapshot in
            try snapshot.rows(
                """
                SELECT workspace, way, receiver FROM letter WHERE state = 'waiting' AND due_ms <= $1
                GROUP BY workspace, way, receiver ORDER BY MIN(due_ms), receiver LIMIT $2
                """, now, Self.mostReceivers + busy.posting.count + busy.notBefore.count
            ).compactMap { row -> LetterReceiver? in
                let way: String = try row[1]
                return try LetterWay(rawValue: way).map { LetterReceiver(workspace: try row[0], way: $0, name: try row[2]) }
            }
        }
        return due.filter { receiver in
            guard !busy.posting.contains(receiver), (busy.notBefore[receiver] ?? now) <= now, let left = free[receiver.way], left > 0 else {
                return false
            }
            free[receiver.way] = left - 1
            return true
        }
    }

    // MARK: One attempt

    func post(_ receiver: LetterReceiver) async {
        let gap = receiver.way == .mail ? limits.mailGapMilliseconds : limits.chatGapMilliseconds
        var succeeded: Bool?
        do {
            let letters = try await waiting(for: receiver)
            let answer = await sent(letters, to: receiver)
            succeeded = try await note(answer, of: letters, for: receiver)
        } catch {
            doors.trouble(error)
            succeeded = false
        }
        let (result, now) = (succeeded, clock.now())
        state.withLockedValue { $0.end(receiver, succeeded: result, holdMilliseconds: gap, at: now) }
    }

    /// What is due for a receiver, the newest first.
    private func waiting(for receiver: LetterReceiver) async throws -> [WaitingLetter] {
        let (now, secret) = (clock.now(), webhooks.secret)
        return try await store.read { snapshot in
            try snapshot.rows(
                """
                SELECT id, item, target, subject, text, line, attempts FROM letter
                WHERE workspace = $1 AND way = $2 AND receiver = $3 AND state = 'waiting' AND due_ms <= $4 ORDER BY id DESC LIMIT $5
                """, receiver.workspace, receiver.way.rawValue, receiver.name, now, Self.mostLettersAtOnce
            ).map { row in
                let target = String(decoding: try secret.unseal(row[2], for: Self.purpose), as: UTF8.self)
                return try WaitingLetter(
                    id: row[0], item: row[1], target: target, subject: row[3], text: row[4], line: row[5], attempts: row[6])
            }
        }
    }

    private func sent(_ letters: [WaitingLetter], to receiver: LetterReceiver) async -> Answer {
        guard let newest = letters.first else { return .interrupted }
        switch receiver.way {
        case .chat:
            let text = ChatText.escaped(Digest(letters, bullet: "• ").text)
            guard let body = try? StoredJSON.encode(["text": text]) else {  // a text can always be encoded
                return .refused(status: nil, why: "the text cannot be written as JSON", isFinal: true)
            }
            let answer = await posted([UInt8](body), to: newest.target)
            // The chat knows this address no more, or never did: what Slack says with these.
            if case .gone = answer { return .refused(status: 410, why: "HTTP 410: the chat's address is gone", isFinal: true) }
            if case .refused(let status?, let why, _) = answer, [400, 403, 404].contains(status) {
                return .refused(status: status, why: why, isFinal: true)
            }
            return answer
        case .mail:
            guard let mailer else { return .interrupted }
            let digest = Digest(letters)
            do {
                let id = "baton.\(receiver.workspace.text).\(newest.id).\(letters.count)"
                try await mailer.send(to: newest.target, subject: digest.subject, text: digest.text, id: id, at: clock.now())
                return .taken(status: 250)
            } catch let error as MailError {
                if case .transfer(.cancelled) = error { return .interrupted }
                if case .transfer(.closed) = error { return .interrupted }
                return .refused(status: nil, why: "\(error)", isFinal: !error.isTemporary)
            } catch {
                return .refused(status: nil, why: "\(error)", isFinal: false)
            }
        }
    }

    /// - Returns: whether it was taken; nil where the attempt does not count.
    private func note(_ answer: Answer, of letters: [WaitingLetter], for receiver: LetterReceiver) async throws -> Bool? {
        let (now, workspace) = (clock.now(), receiver.workspace)
        switch answer {
        case .interrupted: return nil
        case .taken:
            // Before the rows, so that a crash in between repeats the letter and does not lose the word of it.
            let items = try await store.read { snapshot in
                try Set(letters.map(\.item)).sorted().compactMap { try snapshot.outboxItem($0, of: workspace) }
            }
            for item in items { await doors.told(item) }
            try await store.write { transaction in
                for letter in letters {
                    try transaction.run(
                        """
                        UPDATE letter SET state = 'told', attempts = attempts + 1, error = NULL, ended_ms = $3
                        WHERE workspace = $1 AND id = $2 AND state = 'waiting'
                        """, workspace, letter.id, now)
                }
            }
            return true
        case .gone, .refused:
            try await postpone(letters, answer, of: workspace, at: now)
            return false
        }
    }

    private func postpone(_ letters: [WaitingLetter], _ answer: Answer, of workspace: WorkspaceID, at now: Timestamp) async throws {
        guard case .refused(_, let why, let isFinal) = answer else { return }
        let jitter = jitter()
        try await store.write { transaction in
            for letter in letters {
                let next = isFinal ? nil : Schedule.next(Schedule.letter, attempts: letter.attempts + 1, jitter: jitter, at: now)
                try transaction.run(
                    """
                    UPDATE letter SET attempts = attempts + 1, error = $3, due_ms = COALESCE($4, due_ms),
                        state = CASE WHEN $4 IS NULL THEN 'failed' ELSE 'waiting' END, ended_ms = CASE WHEN $4 IS NULL THEN $5 END
                    WHERE workspace = $1 AND id = $2 AND state = 'waiting'
                    """, workspace, letter.id, String(why.unicodeScalars.prefix(Self.longestError)), next, now)
            }
        }
    }
}
