import Access
import Foundation
import Storage
import Support
import Testing

let quayside = WorkspaceID("quayside")
/// Another company in the same installation.
let harbour = WorkspaceID("harbour")
let minute: Int64 = 60_000
let hour: Int64 = 60 * minute
let here = ClientAddress("192.0.2.7")
let goodPassword = "tide tables 1907"

/// Quayside with an owner, Mara, and teammates Jonas (finance) and Edda; and Harbour with one owner. Nobody has a password yet.
struct World: Sendable {
    let store: Store
    let folder: TemporaryFolder
    let clock: ManualClock
    let access: AccessControl
    let hasher: PasswordHasher
    let console = Caller.console(of: quayside)

    func write<T: Sendable>(_ body: @escaping @Sendable (AccessControl, Transaction) throws -> T) async throws -> T {
        try await store.write { [access] in try body(access, $0) }
    }
    func read<T: Sendable>(_ body: @escaping @Sendable (AccessControl, Snapshot) throws -> T) async throws -> T {
        try await store.read { [access] in try body(access, $0) }
    }

    func account(_ teammate: String, of workspace: WorkspaceID = quayside) async throws -> Account {
        try await read { try $0.account(teammate, of: workspace, in: $1) }
    }

    func setPassword(_ password: String = goodPassword, of teammate: String) async throws {
        let hash = try await hasher.hash(password, email: nil)
        _ = try await write { try $0.setPassword(hash, of: teammate, of: quayside, by: .console(of: quayside), in: $1) }
    }

    /// A session of a teammate, as after a sign-in.
    func session(of teammate: String, device: String? = nil, replacing old: String? = nil) async throws -> NewSession {
        let account = try await account(teammate)
        return try await write { try $0.openSession(for: account, address: here, device: device, replacing: old, in: $1) }
    }

    func admission(cookie: String) async throws -> Admission? { try await read { try $0.session(cookie, in: $1) } }
    func admission(key: String) async throws -> Admission? { try await read { try $0.caller(forKey: key, in: $1) } }

    func suspend(_ teammate: String, _ isSuspended: Bool = true) async throws {
        _ = try await write { try $0.setSuspended(isSuspended, teammate, of: quayside, by: .console(of: quayside), in: $1) }
    }

    func makeKey(_ permissions: Set<Permission>, expiresAt: Timestamp? = nil, by caller: Caller? = nil) async throws -> NewKey {
        let caller = caller ?? console
        return try await write {
            try $0.makeKey(name: "storm", permissions: permissions, expiresAt: expiresAt, of: quayside, by: caller, in: $1)
        }
    }

    /// The whole way in.
    func signIn(
        _ email: String, _ password: String, from address: ClientAddress = here, device: String? = nil, replacing old: String? = nil
    ) async throws -> SignInResult {
        let step = try await write { try $0.beginSignIn(email: email, address: address, device: device, in: $1) }
        guard case .proceed(let attempt) = step else {
            if case .refused(let seconds) = step { return .refused(seconds) }
            return .wrong
        }
        let verdict = try await hasher.verify(password, against: attempt.passwordHash)
        let session = try await write {
            try $0.finishSignIn(attempt, matches: verdict.matches, renewedHash: verdict.renewed, replacing: old, in: $1)
        }
        return session.map(SignInResult.open) ?? .wrong
    }

    func audit() async throws -> [AuditEntry] { try await read { try $0.audit(of: quayside, limit: 1000, in: $1) } }
}

enum SignInResult: Sendable {
    case open(NewSession)
    case wrong
    case refused(Int)

    var session: NewSession? { if case .open(let session) = self { session } else { nil } }
    var isWrong: Bool { if case .wrong = self { true } else { false } }
    var seconds: Int? { if case .refused(let seconds) = self { seconds } else { nil } }
}

/// Runs `body` in a fresh world.
func withWorld(_ body: (World) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    let store = try Store(folder: folder.path, migrations: AccessControl.migrations)
    let clock = ManualClock()
    let access = AccessControl(clock: Clock { Timestamp(milliseconds: clock.now) })
    try await store.write { transaction in
        let now = Timestamp(milliseconds: clock.now)
        _ = try transaction.ensureWorkspace(quayside, name: "Quayside", at: now)
        _ = try transaction.ensureWorkspace(harbour, name: "Harbour", at: now)
        try access.saveAccount("mara", email: "mara@quayside.example", role: .owner, of: quayside, in: transaction)
        try access.saveAccount("jonas", email: "jonas@quayside.example", role: .finance, of: quayside, in: transaction)
        try access.saveAccount("edda", email: "edda@quayside.example", role: nil, of: quayside, in: transaction)
        try access.saveAccount("mara", email: "mara@harbour.example", role: .owner, of: harbour, in: transaction)
    }
    let hasher = PasswordHasher(cost: .init(logN: 2, r: 1, p: 1), mostWaiting: 1000)
    try await body(World(store: store, folder: folder, clock: clock, access: access, hasher: hasher))
    await store.close()
}

/// Numbers that a seed fixes.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
