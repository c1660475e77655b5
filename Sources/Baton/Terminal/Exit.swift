import Access
import ArgumentParser
import Assistant
import Escalation
import Foundation
import Inbox
import Metering
import Notation
import Prompting
import Retrieval
import Storage

/// What a command's exit status means. Scripts rely on it.
enum Exit: Int32, Error, CaseIterable {
    case ok = 0
    /// The command ran and the answer is no (a rule example failed, an endpoint did not answer as wanted).
    case failed = 1
    /// The command line is wrong.
    case usage = 2
    /// A file in Config/ or Prompts/ is wrong.
    case configuration = 3
    /// A model endpoint cannot be reached.
    case unreachable = 4
    /// There is no such conversation, workspace, document, ...
    case notFound = 5
    /// Not allowed.
    case denied = 6
    /// Somebody else was first, or another process owns the data directory.
    case conflict = 7
    /// Kept data contradicts itself.
    case integrity = 8
    /// Disk full, file unreadable, ...
    case io = 74
    /// Not now; the same command may work later.
    case tryLater = 75
    /// Interrupted by Ctrl-C.
    case interrupted = 130
}

/// An error of a command itself, in words, with its exit status.
struct CommandError: Error, CustomStringConvertible {
    let exit: Exit
    let description: String

    init(_ exit: Exit, _ description: String) {
        self.exit = exit
        self.description = description
    }
}

extension Exit {
    /// The status for an error of any room.
    static func status(for error: any Error) -> Exit {
        switch error {
        case let exit as Exit: exit
        case let error as CommandError: error.exit
        case is NotationError, is RuleSetFaults, is PromptErrors: .configuration
        case is DeskError, InboxError.notFound: .notFound
        case InboxError.empty, InboxError.tooLong, InboxError.tooMany: .usage
        case let error as StorageError:
            switch error {
            case .alreadyInUse, .keyReused, .alreadyThere: .conflict
            case .diskFull, .diskFailed, .folderUnusable: .io
            case .newerSchema, .migrationChanged, .damaged, .unexpectedColumn, .notDurable, .restoreUnfinished: .integrity
            case .closed, .busy: .tryLater
            case .constraint, .database: .failed
            }
        case AccessError.notFound: .notFound
        case AccessError.accountExists, AccessError.emailTaken, AccessError.lastOwner, AccessError.tooMany:
            .conflict
        case AccessError.exceedsOwn: .denied
        case AccessError.busy: .tryLater
        case is AccessError: .usage
        case MeteringError.priceChanged, MeteringError.otherCurrency: .configuration
        case MeteringError.keyReused: .conflict
        case MeteringError.unknownResponse: .notFound
        case RetrievalError.badCollectionName: .usage
        case is CancellationError: .interrupted
        default: .failed
        }
    }
}
