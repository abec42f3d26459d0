"""Domain packs of a tenant: what is in force, what was uploaded, a dry run of it, and who put it in force."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built
from app.schemas.packs import (
    PackCalibration,
    PackDetail,
    PackReasonRequest,
    PacksAnswer,
    PackShown,
    PackTrial,
    PackTryRequest,
    PackUpload,
)
from app.services.knowledge import pack_calibration, pack_trial, packs

router = APIRouter(prefix="/packs", tags=["packs"])
Number = Annotated[int, Path(ge=1, le=1_000_000, description="the number of the upload")]


@router.get("", summary="List domain packs")
def list_packs(ctx: Built, scope: Acting) -> PacksAnswer:
    """Which pack is in force in this tenant, what came with the product, and every upload."""
    return packs.list_packs(ctx, scope)


@router.post("", summary="Upload a domain pack", status_code=201, openapi_extra=document_body(PackUpload))
def upload_pack(
    ctx: Built, scope: Acting, wanted: Annotated[PackUpload, Depends(body_of(PackUpload))]
) -> PackShown:  # fmt: skip
    """Keep a pack, or changes to the one in force, under a number of its own; what is wrong is listed by file, line and
    key. Nothing counts before it is put in force. Needs the role approver.
    """
    return packs.upload_pack(ctx, scope, wanted)


@router.post("/back", summary="Take back the domain pack in force", openapi_extra=document_body(PackReasonRequest))
def roll_back_pack(
    ctx: Built, scope: Acting, wanted: Annotated[PackReasonRequest, Depends(body_of(PackReasonRequest))]
) -> PacksAnswer:
    """Put in force again what was in force before. Needs the role admin."""
    return packs.roll_back_pack(ctx, scope, wanted.reason)


@router.get("/calibration", summary="Show how right the confidences were")
def read_calibration(ctx: Built, scope: Acting) -> PackCalibration:
    """Brier score, calibration error and reliability of what first decisions claimed on incidents that have ended and
    whose cause is known, with n and intervals; and how far what policy reads is moved by it.
    """
    return pack_calibration.read_calibration(ctx, scope)


@router.get("/{number}", summary="Show one domain pack")
def read_pack(ctx: Built, scope: Acting, number: Number) -> PackDetail:
    """An upload with its files as they came."""
    return packs.read_pack(ctx, scope, number)


@router.post(
    "/{number}/try",
    summary="Try a domain pack over recorded incidents",
    openapi_extra=document_body(PackTryRequest, required=False),
)
def try_pack(
    ctx: Built,
    scope: Acting,
    number: Number,
    wanted: Annotated[PackTryRequest, Depends(body_of(PackTryRequest, optional=True))],
) -> PackTrial:
    """Weigh the newest incidents with it and with the pack in force: cause and confidence before and after, beside the
    cause that is known. Needs the role approver.
    """
    return pack_trial.try_pack(ctx, scope, number, wanted.incidents)


@router.post("/{number}/activate", summary="Put a domain pack in force", openapi_extra=document_body(PackReasonRequest))
def activate_pack(
    ctx: Built, scope: Acting, number: Number, wanted: Annotated[PackReasonRequest, Depends(body_of(PackReasonRequest))]
) -> PacksAnswer:
    """What is looked at from now on is looked at with it, by every server. Questions and grants that were not sent are
    withdrawn (`withdraw.other_pack`) and their incidents reasoned about anew, and so is what people were called to,
    unless they refused something of it. It must have been tried. Needs the role admin.
    """
    return packs.activate_pack(ctx, scope, number, wanted.reason)
