from supabase import create_client

supabase = create_client("u", "k")
supabase.table("tasks").select("id").neq("id", None).execute()
