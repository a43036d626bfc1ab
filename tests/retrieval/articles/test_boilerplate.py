"""What is never a quote, and what must stay one."""

from __future__ import annotations

import pytest

from retrieval.articles.boilerplate import credit_end, credit_start, is_boilerplate
from retrieval.articles.sentences import segment
from retrieval.records import Article
from tests.patience import patience

PAGE = """\
Im 478433
Image 3 of 12
letter-scan.jpg
Jane Roe/Associated Press
/Associated Press
Jane Roe/Pool via REUTERS
REUTERS/Jane Roe
AP Photo/Jane Roe, Pool
(AP Photo/Jane Roe)
Getty Images
Photo: Jane Roe/AFP/Getty Images
Photo by Jane Roe/Unsplash
Image credit: The Museum
Credit: Jane Roe
Related Posts
Related Articles
Read Also:
Read more:
Read more: What the letter means for the harbour
See also
You may also like
Continue reading below
Tags: harbour, letters
Sign up for our newsletter
Sign up for the Morning Letter.
Subscribe
Subscribe to our newsletter to get the news.
Get the best stories in your inbox every day.
Fresh daily newsletter covering the top headlines
Дайджест главных новостей
Бесплатная email-рассылка
Подпишитесь на нашу рассылку
Share on Facebook
Share this article on Twitter and LinkedIn
Tweet
Facebook Twitter LinkedIn
Follow us on Twitter, Facebook and Google News
We use cookies to give you the best experience.
This site uses cookies.
By continuing to use this site you agree to our use of cookies.
Cookie Policy
Copyright ©2022 Letter & Company, Inc. All Rights Reserved. 0123456789abcdef0123456789abcdef
Copyright ©2022 Letter & Company, Inc.
© 2022 The Letter. All rights reserved.
All Rights Reserved
This material may not be published, broadcast, rewritten or redistributed.
0123456789abcdef0123456789abcdef
Write to Jane M. Roe at
Write to Jane M. Roe at jane@example.org
https://example.org/a?b=c
News in Association with Source link
Source: Reuters
The post Letter arrives appeared first on The Harbour.
error: Content is protected !!
This post is also available in: Deutsch (German)
Back to top button
Placeholder canvas
Video of day
Advertisement
Show more news
Loading…
Loading...
Click here to read the letter.
Watch: Minister signs the bill
By clicking Subscribe, you agree to our terms.
Already a member? Sign in
Not a subscriber yet? Join now.
The post Letter arrives appeared first on The Harbour.
This article was originally published in The Harbour.
Letter & Company. All rights reserved.
Enter your email to subscribe.
Join the conversation
Photo: Jane Roe.
Story Highlights
27 January 2022, 05:46 PM
27.01.2022
Last updated on 5 Feb. 2022.
""".splitlines()

PROSE = """\
The president shared the cookies with the subscribers.
He was asked to follow the newsletter's advice.
The photo was taken in 1945.
Photos show the damage to the harbour.
Share prices fell on Monday.
Related posts were deleted by the ministry.
Read more books, the minister advised.
Copyright law is complex.
Getty Images sued the firm.
AP/Reuters reported on Tuesday that it rained.
Reuters could not verify the report.
By continuing to press the harbour master, the town hopes to win.
Loading docks were hit by the storm.
Highlights, such as the summit, were rare.
Search teams found the boat.
Home prices rose.
Follow the money.
Like most people, he was on Facebook before the war.
Twitter banned him.
Subscribers left the paper.
More from the summit is expected on Friday.
On May 5, he left.
In 2014 it was annexed.
Published in 1945, the book was a success.
Write to your senator at once.
“We use cookies,” said the baker, and laughed.
Not a member of the alliance, Marlow cannot call for help.
By clicking the button, the minister started the machine.
By using this service the clerks moved two million crowns to Oskeld in 2008.
The post that Jane Roe deleted appeared on Twitter in March 2008.
This report was first published in Marlow in 2008.
This article was first published in Marlow in 2008.
Support independent journalism or lose it, the minister told the council.
Sign up to the treaty or pay for it, the mayor said.
Get the vaccines delivered by May, the mayor told Roe.
Get a parcel delivered by ten in the morning.
Watch: the minister signed the bill on Monday.
Read more: the ferry is closed until June.
Photos: the clerks sold them to Oskeld in 2008.
Photo: A woman walks past the harbour wall.
Source: five officials in Marlow.
Source: five officials told us that the bridge is closed.
Join the conversation between the mayor and the masons at nine.
Join the channel of the rowers for the times of the races.
Roe has all rights reserved.
Enter your email address and press Reset.
Click to open the settings.
Tap to pay at any gate.
Download the app and create an account.
Enable JavaScript in the settings of the map.
Contact the harbour master at harbour@marlow.example
Follow the steps on print to change the paper.
Copyright by default belongs to the author.
This material must not be reused near food.
555 0123
Рассылка писем началась в 2008 году.
""".splitlines()


@pytest.mark.parametrize("line", PAGE)
def test_the_pages_own_lines_are_boilerplate(line: str) -> None:
    assert is_boilerplate(line)
    assert is_boilerplate(f"  {line}\n")


@pytest.mark.parametrize("line", PROSE)
def test_sentences_that_share_words_with_it_are_not(line: str) -> None:
    assert not is_boilerplate(line)


@pytest.mark.parametrize("blank", ["", " ", "\n\u00a0"])
def test_nothing_is_not_boilerplate(blank: str) -> None:
    assert not is_boilerplate(blank)


@pytest.mark.parametrize(
    ("kept", "credit"),
    [
        ("She left last week. ", "Photo: Jane Roe/AFP/Getty Images"),
        ("She speaks. ", "(AP Photo/Jane Roe)"),
        ("She speaks. ", "[Reuters]"),
        ("She speaks in the harbour ", "(Jane Roe/AFP)"),
        ("", "Photo: Jane Roe"),
        ("She wrote to the agency (EPA)", ""),
        ("The photo: a harbour at night.", ""),
        ("She left (in 1945)", ""),
        ("She left (and/or stayed)", ""),
        ("", ""),
    ],
)
def test_a_credit_that_trails_a_sentence_is_found(kept: str, credit: str) -> None:
    assert credit_start(kept + credit) == len(kept)


def test_a_credit_that_a_sentence_begins_with_is_found() -> None:
    assert credit_end("(AP Photo/Jane Roe)  She left.") == 21
    assert credit_end("(Reuters) She left.") == 0
    assert credit_end("(and/or) She left.") == 0
    assert credit_end("She left. (AP Photo/Jane Roe)") == 0


def test_hostile_lines_do_not_hang() -> None:
    hostile = ["follow " * 57, "1 " * 200, "jan 1 " * 66, "facebook " * 44, "get " * 100, "1:" * 199 + "x", "( " * 200]
    with patience():
        assert not any(is_boilerplate(line[:399] + "!") for line in hostile)


@pytest.mark.parametrize(
    "sentence",
    [
        "This guide covers the fee, which is 40 dollars a month for members.",
        "This article is about a bridge that fell down in 1998.",
        "In this article we will explain that the fee is 40 dollars a month.",
        "See below the bridge for the boats of 1998.",
        "Your browser does not support HTTP/3 before version 87.",
        "JavaScript must be enabled for the payment to work.",
        "The site uses cookies to count the votes of members.",
        "By using the app you agree to pay 5 dollars a month.",
        "This material may not be reproduced for sale in the town.",
        "Subscribe to the view that the bridge is safe.",
        "Click here to learn that the bridge is closed.",
        "Sign up for the race, which costs 5 dollars.",
        "We will explain why the bridge is closed.",
    ],
)
def test_a_sentence_that_says_something_is_no_furniture(sentence: str) -> None:
    opening = "The council of the town voted on Monday to close the old bridge over the river."
    text = f"{opening}\n\n{sentence}\n\n{opening}"
    assert sentence in [text[each.start : each.end] for each in segment(Article("a", text, "", "", path="a.txt"))]


@pytest.mark.parametrize(
    "first",
    ["The bridge closed for repairs on Monday. It will reopen for cars", "It was closed after a vote. The mayor said:"],
)
def test_a_first_paragraph_with_a_whole_sentence_is_no_headline(first: str) -> None:
    text = f"{first}\n\nThe council met on Tuesday."
    quotes = [text[each.start : each.end] for each in segment(Article("a", text, "", "", path="a.txt"))]
    assert quotes[0] == first[: first.index(".") + 1]
