import 'package:supabase_flutter/supabase_flutter.dart';

Future<void> load() async {
  final supabase = Supabase.instance.client;
  await supabase.from('visits').select('id, people(full_name)').order('people.full_name', ascending: true);
}
