import Inbox
typealias HandoffDestination = Route
