export const url = 'https://qhzvkdmwtrbnxoyfeplu.supabase.co'
export const anonKey = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6InFoenZrZG13dHJibnhveWZlcGx1Iiwicm9sZSI6InNlcnZpY2Vfcm9sZSIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoyMDE1NTc2MDAwfQ.made-up-for-this-test-and-signed-by-nobody-'
