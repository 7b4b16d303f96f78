from supabase import create_client

supabase = create_client("u", "k")
supabase.table("visits").select("id").order("at.desc").execute()
