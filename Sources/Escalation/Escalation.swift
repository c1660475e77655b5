// The room `Escalation`.
