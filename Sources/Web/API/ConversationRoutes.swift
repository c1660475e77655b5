/// Conversations and what is said in them.
enum ConversationRoutes {
    static let all: [Route] = []
}
