const { createClient } = require('@supabase/supabase-js')

const supabase = createClient('https://wkpzrtgmdyvhbnxqlocf.supabase.co', 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6IndrcHpydGdtZHl2aGJueHFsb2NmIiwicm9sZSI6InNlcnZpY2Vfcm9sZSIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoyMDE1NTc2MDAwfQ.made-up-for-this-test-and-signed-by-nobody-')
supabase.from('people').insert({ id: 1, name: 'Ada' }).then(console.log)
// and the other project's: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6InFoenZrZG13dHJibnhveWZlcGx1Iiwicm9sZSI6InNlcnZpY2Vfcm9sZSIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoyMDE1NTc2MDAwfQ.made-up-for-this-test-and-signed-by-nobody-'
const other = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6InFoenZrZG13dHJibnhveWZlcGx1Iiwicm9sZSI6InNlcnZpY2Vfcm9sZSIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoyMDE1NTc2MDAwfQ.made-up-for-this-test-and-signed-by-nobody-'
