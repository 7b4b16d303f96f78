import { createClient } from "npm:@supabase/supabase-js@2";

const admin = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_SERVICE_ROLE_KEY")!);

Deno.serve(async (request) => {
  const { id } = await request.json();
  await admin.rpc("hand_on", { gone: id });
  await admin.from("stamps").delete().eq("holder_id", id);
  const { error } = await admin.auth.admin.deleteUser(id);
  return new Response(error?.message ?? "gone");
});
