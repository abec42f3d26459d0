"""What the environment may set. Read by bootstrap (and by the console's and the CLI's client for their own addresses),
never at import.
"""

from pathlib import Path
from urllib.parse import quote

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

GEMINI = "gemini-3.8-flash"
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
    multilingual: bool = Field(
        default=True, description="use the model of many languages where its package is installed"
    )
    demo: bool = Field(default=True, description="give an empty store the demo tenant")
    demo_speed: float = Field(default=1.0, gt=0, le=60, description="simulated minutes per second")
    sweep_seconds: float = Field(default=5.0, gt=0, le=3600)
    local_standins: tuple[str, ...] = Field(
        default=(),
        description="origins on this machine, such as http://127.0.0.1:9999, that tools may reach although they are"
        " neither public nor encrypted; for trying things out",
    )
    llm: str = Field(
        default="",
        pattern=r"^(|ollama|(google_genai|openai|ollama):[A-Za-z0-9][A-Za-z0-9._:/-]{0,99})$",
        description="the language model as provider:model; ollama alone takes the first one that runs on this machine",
    )
    gemini_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("GOOGLE_API_KEY", "GEMINI_API_KEY"), description="of Gemini"
    )
    openai_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("CAUSEWAY_LLM_KEY", "OPENAI_API_KEY"),
        description="of OpenAI, or of whoever speaks as it does at CAUSEWAY_LLM_URL",
    )
    llm_url: str | None = Field(default=None, description="where the model answers, if not at its vendor's address")
    llm_seconds: float = Field(default=2.0, ge=0.2, le=30, description="how long an answer waits for the model")
    llm_daily_tokens: int = Field(default=200_000, ge=0, description="most tokens of a tenant in a day (UTC)")
    llm_daily_usd: float = Field(default=1.0, ge=0, description="most money of a tenant in a day, where prices are set")
    llm_per_minute: int = Field(default=20, ge=0, description="most calls of a tenant in a minute")
    llm_usd_in: float | None = Field(default=None, ge=0, description="price of a million tokens read, in US dollars")
    llm_usd_out: float | None = Field(default=None, ge=0, description="price of a million tokens written")
    otlp_endpoint: str | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="the collector (OTLP over gRPC) that is told of each call of the model, without its words",
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
    def model(self) -> str:
        """The model that is wanted; a key of Gemini is a wish for one."""
        return self.llm or (f"google_genai:{GEMINI}" if self.gemini_key else "")

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
