import Supabase

struct Order: Codable {
    let id: UUID
    let placedAt: Date
    let gate: String
    let note: String?

    enum CodingKeys: String, CodingKey {
        case id, gate, note
        case placedAt = "placed_at"
    }
}

func all(_ db: SupabaseClient) async throws -> [Order] {
    try await db.from("orders").select().execute().value
}
