"""Repositories whose table is what their class gives the constructor that it inherits, in every language."""

from __future__ import annotations

import pytest

from code_project import queries

FILES = {
    "py": """from supabase import Client
class Base:
    def __init__(self, client: Client, table: str):
        self.client = client
        self.table = table
    def by(self, id):
        return self.client.table(self.table).select('id').execute()
class Orders(Base):
    def __init__(self, client):
        super().__init__(client, 'orders')
    def own(self):
        return self.client.table(self.table).select('total').execute()
class Items(Base):
    def __init__(self, client):
        super().__init__(client, table='items')
    def own(self):
        return self.client.table(self.table).select('size').execute()
""",
    "ts": """import { SupabaseClient } from '@supabase/supabase-js'
abstract class Base<T> {
  constructor(protected client: SupabaseClient, protected table: string) {}
  by() { return this.client.from(this.table).select('id') }
}
class Orders extends Base<Order> {
  constructor(c: SupabaseClient) { super(c, 'orders') }
  own() { return this.client.from(this.table).select('total') }
}
class Items extends Base<Item> {
  constructor(c: SupabaseClient) { super(c, 'items') }
  own() { return this.client.from(this.table).select('size') }
}
""",
    "dart": """import 'package:supabase_flutter/supabase_flutter.dart';
class Base<T> {
  Base(this.client, {required this.table});
  final SupabaseClient client;
  final String table;
  Future<dynamic> by() => client.from(table).select('id');
}
class Orders extends Base<Order> {
  Orders(SupabaseClient c) : super(c, table: 'orders');
  Future<dynamic> own() => client.from(table).select('total');
}
class Items extends Base<Item> {
  Items(super.client) : super(table: 'items');
  Future<dynamic> own() => client.from(table).select('size');
}
""",
    "swift": """import Supabase
class Base<T: Codable> {
    let table: String
    let client: SupabaseClient
    init(client: SupabaseClient, table: String) { self.client = client; self.table = table }
    func by() async throws { try await client.from(table).select("id").execute() }
}
class Orders: Base<Order> {
    init(client: SupabaseClient) { super.init(client: client, table: "orders") }
    func own() async throws { try await client.from(table).select("total").execute() }
}
class Items: Base<Item> {
    init(client: SupabaseClient) { super.init(client: client, table: "items") }
    func own() async throws { try await client.from(table).select("size").execute() }
}
""",
    "kt": """import io.github.jan.supabase.SupabaseClient
import io.github.jan.supabase.postgrest.from
open class Base<T>(protected val client: SupabaseClient, protected val table: String) {
    suspend fun by() = client.from(table).select(Columns.list("id"))
}
class Orders(client: SupabaseClient) : Base<Order>(client, "orders") {
    suspend fun own() = client.from(table).select(Columns.list("total"))
}
class Items(client: SupabaseClient) : Base<Item>(client, "items") {
    suspend fun own() = client.from(table).select(Columns.list("size"))
}
""",
}


@pytest.mark.parametrize("suffix", sorted(FILES))
def test_a_class_asks_the_table_that_it_names_and_its_base_asks_all(suffix: str) -> None:
    found = queries(FILES[suffix], f".{suffix}")
    asked = sorted(
        (query.name or "?", column.name) for query in found if query.select for column in query.select.fields
    )
    assert asked == [("items", "id"), ("items", "size"), ("orders", "id"), ("orders", "total")]
