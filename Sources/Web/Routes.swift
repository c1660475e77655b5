/// Every address of the service.
enum Routes {
    static let all: [Route] =
        SiteRoutes.all + ConversationRoutes.all + OwnershipRoutes.all + PresenceRoutes.all + CaseRoutes.all + IntroductionRoutes.all
        + ReceiptRoutes.all + JudgementRoutes.all + AsideRoutes.all + MacroRoutes.all
        + AttachmentRoutes.all + LiveRoutes.all + WorkspaceRoutes.all
        + TeammateRoutes.all + SessionRoutes.all + KeyRoutes.all + WebhookRoutes.all + KnowledgeRoutes.all + RuleRoutes.all
        + UsageRoutes.all
        + CreditRoutes.all + OperationsRoutes.all + PageRoutes.all
}
