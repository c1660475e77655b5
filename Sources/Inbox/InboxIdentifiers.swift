package import Storage

/// A thread between one customer and whoever answers.
package enum ConversationKind: IdentifierKind { package static let prefix = "conv" }
/// Names a conversation.
package typealias ConversationID = Identifier<ConversationKind>

/// One entry of a conversation.
package enum MessageKind: IdentifierKind { package static let prefix = "msg" }
/// Names a message.
package typealias MessageID = Identifier<MessageKind>

/// The duty to answer a customer's message.
package enum TurnKind: IdentifierKind { package static let prefix = "turn" }
/// Names a turn.
package typealias TurnID = Identifier<TurnKind>

/// A worker's right to work on a turn.
package enum LeaseKind: IdentifierKind { package static let prefix = "lease" }
/// Names a lease; whoever shows it is the one who was given the turn last.
package typealias LeaseID = Identifier<LeaseKind>

/// The passing of a conversation to people.
package enum HandoffKind: IdentifierKind { package static let prefix = "hand" }
/// Names a handoff.
package typealias HandoffID = Identifier<HandoffKind>

/// Somebody who asks.
package enum CustomerKind: IdentifierKind { package static let prefix = "cust" }
/// Names a customer.
package typealias CustomerID = Identifier<CustomerKind>

/// Somebody who answers for the company.
package enum TeammateKind: IdentifierKind { package static let prefix = "mate" }
/// Names a teammate. The text may be a short name from configuration (`mara`).
package typealias TeammateID = Identifier<TeammateKind>

/// A ready reply.
package enum MacroKind: IdentifierKind { package static let prefix = "macro" }
/// Names a ready reply. The text may be a short name from configuration (`greeting`).
package typealias MacroID = Identifier<MacroKind>

/// A group of teammates with opening hours.
package enum TeamKind: IdentifierKind { package static let prefix = "team" }
/// Names a team. The text may be a short name from configuration (`payments`).
package typealias TeamID = Identifier<TeamKind>
