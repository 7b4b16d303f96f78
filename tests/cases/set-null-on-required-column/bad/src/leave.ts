import { createClient } from "@supabase/supabase-js";

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!);

export async function leave(id: string) {
  await supabase.from("vets").delete().eq("id", id);
}

export async function forget(id: string) {
  await supabase.from("owners").delete().eq("id", id);
}
