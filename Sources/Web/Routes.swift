/// Every address of the service.
enum Routes {
    static let all: [Route] = ConversationRoutes.all + LiveRoutes.all + OperationsRoutes.all + PageRoutes.all
}
