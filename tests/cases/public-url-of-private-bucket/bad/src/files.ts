import { createClient } from "@supabase/supabase-js";

const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!);

export const portrait = (path: string) => supabase.storage.from("portraits").getPublicUrl(path).data.publicUrl;

export const letter = (path: string) => supabase.storage.from("letters").createSignedUrl(path, 60);
