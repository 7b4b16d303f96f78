import Supabase

struct Order: Codable {
    let id: UUID
    let placedAt: Date
    let customers: Customer
    let key: String
    let gate: String
    let note: String?

    enum CodingKeys: String, CodingKey {
        case id, customers, key, gate, note
        case placedAt = "placed_at"
    }
}

func all(_ db: SupabaseClient) async throws -> [Order] {
    try await db.from("orders").select("*, key:id, gate:placed_at, customers(*)").execute().value
}
