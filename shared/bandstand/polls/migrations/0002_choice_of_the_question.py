"""A vote's choice belongs to the vote's question: the database holds it by a key over both columns."""

from django.db import migrations


class Migration(migrations.Migration):
    contract = "from before the first release"

    dependencies = [("polls", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE polls_choice ADD CONSTRAINT polls_choice_id_and_question UNIQUE (id, question_id);
            ALTER TABLE polls_vote ADD CONSTRAINT polls_vote_choice_of_question
                FOREIGN KEY (choice_id, question_id) REFERENCES polls_choice (id, question_id)
                DEFERRABLE INITIALLY DEFERRED;
            """,
            """
            ALTER TABLE polls_vote DROP CONSTRAINT polls_vote_choice_of_question;
            ALTER TABLE polls_choice DROP CONSTRAINT polls_choice_id_and_question;
            """,
        )
    ]
