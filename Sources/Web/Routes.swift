/// Every address of the service.
enum Routes {
    static let all: [Route] = SiteRoutes.all + ConversationRoutes.all + OwnershipRoutes.all + PresenceRoutes.all + LiveRoutes.all + OperationsRoutes.all + PageRoutes.all
}
