import { createClient } from '@supabase/supabase-js'

const supabase = createClient(import.meta.env.VITE_URL, import.meta.env.VITE_KEY)

export async function saveProfile(id: string, username: string) {
  return supabase.from('profiles').upsert({ id, username, newsletter: false })
}

export async function profile(id: string) {
  return supabase.from('profiles').select('id, username, avatar_url, newsletter').eq('id', id).single()
}

export async function shelf() {
  return supabase
    .from('products')
    .select('id, title, description, price, stock_count, tags')
    .eq('is_published', true)
    .contains('tags', ['wood'])
    .order('created_at', { ascending: false })
}

export async function productMaterial(id: number) {
  return supabase.from('products').select('id, metadata->material').eq('id', id).single()
}

export async function cart(profileId: string) {
  return supabase
    .from('orders')
    .select('id, state, total, order_items(id, quantity, unit_price, products(title))')
    .eq('profile_id', profileId)
    .eq('state', 'cart')
    .maybeSingle()
}

export async function place(id: number, address: { street: string }) {
  return supabase
    .from('orders')
    .update({ state: 'placed', placed_at: new Date().toISOString(), shipping_address: address })
    .eq('id', id)
}

export async function openCart(profileId: string) {
  return supabase.from('orders').insert({ profile_id: profileId }).select('id').single()
}

export async function addItem(orderId: number, productId: number, price: number) {
  return supabase.from('order_items').insert({ order_id: orderId, product_id: productId, quantity: 1, unit_price: price })
}

export async function removeItem(id: number) {
  return supabase.from('order_items').delete().eq('id', id)
}

export async function reviews(productId: number) {
  return supabase
    .from('reviews')
    .select('id, rating, body, created_at, profiles(username)')
    .eq('product_id', productId)
    .eq('is_published', true)
    .gte('rating', 3)
}

export async function review(productId: number, profileId: string, body: string) {
  return supabase
    .from('reviews')
    .upsert({ product_id: productId, profile_id: profileId, rating: 5, body }, { onConflict: 'product_id,profile_id' })
}

export async function favour(profileId: string, productId: number) {
  return supabase.from('favourites').insert({ profile_id: profileId, product_id: productId })
}

export async function favourites(profileId: string) {
  return supabase.from('favourites').select('product_id, created_at, products(title)').eq('profile_id', profileId)
}

export async function addresses(profileId: string) {
  return supabase
    .from('addresses')
    .select('id, street, city, postal_code, country_code, is_default')
    .eq('profile_id', profileId)
    .order('is_default')
}

export async function addAddress(profileId: string, street: string, city: string, postalCode: string) {
  return supabase
    .from('addresses')
    .insert({ profile_id: profileId, street, city, postal_code: postalCode, is_default: true })
}

export async function coupon(code: string) {
  return supabase
    .from('coupons')
    .select('id, code, percent_off, expires_at, max_uses, used_count')
    .eq('code', code)
    .gt('percent_off', 0)
    .maybeSingle()
}
