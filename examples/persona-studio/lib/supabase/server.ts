import { createServerClient } from '@supabase/ssr'
import { cookies } from 'next/headers'

/** The client of server components, actions and route handlers: it acts as the signed-in user. */
export async function createClient() {
  const cookieStore = await cookies()

  return createServerClient(
    process.env.NEXT_PUBLIC_SUPABASE_URL!,
    process.env.NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY!,
    {
      cookies: {
        getAll() {
          return cookieStore.getAll()
        },
        setAll(cookiesToSet) {
          try {
            cookiesToSet.forEach(({ name, value, options }) => cookieStore.set(name, value, options))
          } catch {
            // A server component can't set cookies; the middleware refreshes the session instead.
          }
        },
      },
    },
  )
}
