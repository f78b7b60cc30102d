"""The journals are append-only: the database itself refuses to change or delete their rows."""

from __future__ import annotations

from django.db import migrations

JOURNALS = ("parties_auditentry", "parties_unmasklog", "parties_loginlog")

FUNCTION = """
create function parties_journal_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception '日志 % 只能追加, 不能修改或删除', tg_table_name using errcode = 'insufficient_privilege';
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "drop function parties_journal_is_append_only()"),
        *(
            migrations.RunSQL(
                f"create trigger append_only before update or delete on {table} "
                "for each row execute function parties_journal_is_append_only()",
                f"drop trigger append_only on {table}",
            )
            for table in JOURNALS
        ),
    ]
