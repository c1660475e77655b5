import Glibc

/// The limits of one transfer as points in time. Kept by us and not by libcurl, whose limit for silence has steps of a second and whose error does
/// not say which limit passed.
struct Deadlines {
    /// What a transfer is waiting for.
    enum Phase { case connection, connecting, head, body, reader }

    private let limits: Timeouts
    private let totalEnd: Int64
    private(set) var phase = Phase.connection
    private var phaseEnd = Int64.max

    init(_ limits: Timeouts, now: Int64) {
        self.limits = limits
        totalEnd = Self.adding(limits.totalMilliseconds, to: now)
    }

    /// Enters a phase, or begins it anew (`body` with each byte).
    mutating func enter(_ new: Phase, now: Int64) {
        phase = new
        switch new {
        case .connection, .reader: phaseEnd = .max
        case .connecting: phaseEnd = Self.adding(limits.connectMilliseconds, to: now)
        case .head: phaseEnd = Self.adding(limits.firstByteMilliseconds, to: now)
        case .body: phaseEnd = Self.adding(limits.silenceMilliseconds, to: now)
        }
    }

    /// When the next limit passes, in milliseconds of `now()`.
    var next: Int64 { min(phaseEnd, totalEnd) }

    /// The limit that has passed, if one has.
    func passed(now: Int64) -> TransferError.Limit? {
        if now >= phaseEnd {
            switch phase {
            case .connecting: return .connect
            case .head: return .firstByte
            case .body: return .silence
            case .connection, .reader: break
            }
        }
        return now >= totalEnd ? .total : nil
    }

    /// Milliseconds of a clock that only goes forward.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func adding(_ milliseconds: Int, to now: Int64) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(Int64(milliseconds))
        return overflow ? .max : sum
    }
}
