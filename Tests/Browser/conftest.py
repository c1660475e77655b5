"""What tests are given: the service, people at browsers, a model to script, another web server. A fixture that a test asks for is its own, unless it is said."""

import os
import pathlib
import tempfile

import pytest
from playwright.sync_api import expect, sync_playwright

from elsewhere import Elsewhere
from model import Model
from pages import Furnished
from people import Hands, People
from service import ROOT, Service, Template

# How long a page is waited for, at most: the machine may be busy.
expect.set_options(timeout=15000)

CHROMIUM = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]


def pytest_addoption(parser):
    parser.addoption("--baton", default=str(ROOT / ".build/debug/baton"), help="the program to test")
    parser.addoption("--chromium", default="/usr/bin/chromium", help="the browser to test with")
    parser.addoption("--shots", default=None, help="a folder for screenshots of every page")


class SharedFolder:
    """Where workers find what one of them makes for all."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="baton-browser-")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        node.workerinput["shared"] = self.folder.name

    def pytest_unconfigure(self):
        self.folder.cleanup()


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SharedFolder())


@pytest.fixture(scope="session")
def elsewhere():
    """The company's own web site, and a stranger's; shared by the tests of a worker, which each use paths of their own."""
    server = Elsewhere()
    yield server
    server.close()


@pytest.fixture(scope="session")
def template(pytestconfig, elsewhere):
    """The furnished installation that services are copied from."""
    with tempfile.TemporaryDirectory(prefix="baton-browser-") as folder:
        shared = getattr(pytestconfig, "workerinput", {}).get("shared") or folder
        yield Template(pytestconfig.getoption("--baton"), folder, shared, [elsewhere.site])


@pytest.fixture(scope="session")
def browser(pytestconfig):
    """Chromium; shared by the tests of a worker, which open contexts of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=pytestconfig.getoption("--chromium"), args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def model():
    """The model behind the assistant: honest, until a test says otherwise."""
    model = Model()
    yield model
    model.close()


@pytest.fixture
def service(template, model):
    """A running service with nothing in it but documents and people."""
    with Service(template, model) as service:
        yield service


@pytest.fixture
def people(browser, service, elsewhere):
    """Opens browsers as customers and teammates. A dialog, a console error, a request to another host in any of them fails the test."""
    people = People(browser, service)
    yield people
    people.close()
    people.watch.check()


@pytest.fixture(scope="session")
def furnished(template):
    """A service after a day's work; shared by the tests of a worker, which only look at it."""
    model = Model()
    with Service(template, model) as service:
        yield Furnished(service)
    model.close()


@pytest.fixture
def visitors(browser, furnished):
    """Opens browsers at the furnished service, under the same watch as `people`."""
    visitors = People(browser, furnished.service)
    yield visitors
    visitors.close()
    visitors.watch.check()


@pytest.fixture
def hands(people):
    """Makes hands for a page; whoever asks for them promises that no mouse and no finger is used in the whole test."""
    yield Hands
    assert people.watch.pointers == 0, "a journey by keyboard alone used a pointer"


@pytest.fixture
def shots(pytestconfig):
    """Takes a screenshot under a name where a folder was given, else does nothing."""
    folder = pytestconfig.getoption("--shots")

    def take(page, name, **options):
        if folder:
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=os.path.join(folder, name + ".png"), **options)

    return take
