import Foundation

/// File descriptors: each connection is one, and a process that has none left can open neither a file of the database nor a connection to a model. So
/// connections never take the last of them: the rest of the clients wait in the kernel until somebody leaves.
enum Descriptors {
    /// Descriptors that connections leave alone: the database with its readers, the loops, model endpoints, webhooks, mail.
    static let leastReserve = 256

    /// Raises the soft limit to the hard one, as a server that is started from a shell needs.
    /// - Returns: connections that may be open at one time, at most `wanted`.
    static func connections(wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0 else { return wanted }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        // Where it cannot be raised, the soft limit counts.
        if setrlimit(kind, &limit) != 0 { limit.rlim_cur = soft }
        let all = Int(clamping: limit.rlim_cur)
        return max(4, min(wanted, all - min(leastReserve, all / 2)))
    }

    private static let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
}
