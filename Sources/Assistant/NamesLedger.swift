import Metering
typealias AttemptRecord = AttemptEnd
typealias LedgerUsageSource = UsageSource
