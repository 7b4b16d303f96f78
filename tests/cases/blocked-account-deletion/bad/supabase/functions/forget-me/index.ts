import { createClient } from "npm:@supabase/supabase-js@2";

const admin = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_SERVICE_ROLE_KEY")!);

Deno.serve(async (request) => {
  const { id } = await request.json();
  const { error } = await admin.auth.admin.deleteUser(id);
  return new Response(error?.message ?? "gone");
});

export const removeLetter = (id: string) => admin.from("members").select("id").eq("id", id);
