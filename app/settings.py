"""What the environment may set. Read by bootstrap (and by the console's and the CLI's client for their own addresses),
never at import.
"""

from pathlib import Path
from urllib.parse import quote

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Effective settings; every name is documented in .env.example."""

    model_config = SettingsConfigDict(
        env_prefix="CAUSEWAY_", env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    data: Path = Field(default=PROJECT / "data", description="where the store, the index and the log live")
    config: Path = Field(default=PROJECT / "config", description="policies, thresholds, tools, domain packs")
    runbooks: Path = Field(default=PROJECT / "runbooks", description="the shipped knowledge")
    fixtures: Path = Field(default=PROJECT / "simulations", description="the example signals")
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("CAUSEWAY_DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL, instead of the data folder's file",
    )
    db_host: str | None = Field(
        default=None,
        validation_alias="DB_HOST",
        description="the parts of a database URL, for those who have them apart",
    )
    db_port: int = Field(default=5432, ge=1, le=65535, validation_alias="DB_PORT")
    db_name: str = Field(default="causeway", validation_alias="DB_NAME")
    db_user: str | None = Field(default=None, validation_alias="DB_USER")
    db_password: SecretStr | None = Field(default=None, validation_alias="DB_PASSWORD")
    anchor: Path | None = Field(
        default=None, description="the file that vouches for the audit chain; beside the data folder when it is not set"
    )
    lease_seconds: float = Field(
        default=30.0, ge=0.2, le=3600, description="how long a worker that fell silent keeps an incident to itself"
    )
    host: str = Field(default="127.0.0.1", description="the address the API and the console bind to")
    api_port: int = Field(default=8000, ge=1, le=65535)
    console_port: int = Field(default=8501, ge=1, le=65535)
    lite: bool = Field(
        default=False, validation_alias=AliasChoices("CAUSEWAY_LITE", "LITE"), description="leave torch out"
    )
    demo: bool = Field(default=True, description="give an empty store the demo tenant")
    demo_speed: float = Field(default=1.0, gt=0, le=60, description="simulated minutes per second")
    sweep_seconds: float = Field(default=5.0, gt=0, le=3600)
    local_standins: tuple[str, ...] = Field(
        default=(),
        description="origins on this machine, such as http://127.0.0.1:9999, that tools may reach although they are"
        " neither public nor encrypted; for trying things out",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9/._~-]*)?$",
        description="where people who are told something open the console; the console's own address when not set",
    )
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    max_body_bytes: int = Field(default=10_000_000, ge=1_000)
    max_upload_bytes: int = Field(default=20_000_000, ge=1_000)

    @property
    def database(self) -> str | None:
        """The URL of the database: as given, or from its parts; None for the file in the data folder."""
        if self.database_url or not self.db_host:
            return self.database_url
        secret = f":{quote(self.db_password.get_secret_value(), safe='')}" if self.db_password else ""
        login = f"{quote(self.db_user, safe='')}{secret}@" if self.db_user else ""
        return f"postgresql://{login}{self.db_host}:{self.db_port}/{quote(self.db_name, safe='')}"

    @property
    def served(self) -> bool:
        """Whether the store is on a database server, where other processes may work too."""
        return self.database is not None and not self.database.startswith("sqlite")

    @property
    def anchor_file(self) -> Path:
        """Where the heads of the audit chain are vouched for: outside the data folder, so that who takes one does not
        have both.

        Processes that share a database must share its anchor: beside each other on one machine they do.
        """
        return self.anchor or self.data.parent / ("causeway.anchor" if self.served else f"{self.data.name}.anchor")

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return f"http://{self.host}:{self.api_port}"

    @property
    def console_url(self) -> str:
        """Where the console answers."""
        return f"http://{self.host}:{self.console_port}"

    @property
    def link_url(self) -> str:
        """Where the links lead that people are sent."""
        return (self.public_url or self.console_url).rstrip("/")
