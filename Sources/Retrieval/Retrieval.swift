// The room `Retrieval`.
