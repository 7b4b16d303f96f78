alter table books alter column tags type text[] using string_to_array(tags, ',');
